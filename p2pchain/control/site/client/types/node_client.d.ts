/** The node did not answer in time, or a transaction is not final yet: it may still become so. */
export class TimedOut extends Fault {
}
/** The node is not there, or went away. */
export class NodeUnreachable extends Fault {
}
/** A client of one node. Every method throws `Refused` with the node's own code, `TimedOut`, or `NodeUnreachable`. */
export class NodeClient {
    /**
     * @param {string} base such as `https://node.example:9443`
     * @param {ClientOptions} [options]
     */
    constructor(base: string, options?: ClientOptions | undefined);
    /**
     * Who the node is, where it stands, and its health.
     * @returns {Promise<Fields>}
     */
    status(): Promise<Fields>;
    /**
     * Any route that answers JSON; an integer beyond 2^53 is text there.
     * @param {string} path
     * @param {Fields} [query]
     * @returns {Promise<any>}
     */
    get(path: string, query?: Fields | undefined): Promise<any>;
    /**
     * A module's answer upon committed state.
     * @param {string} module
     * @param {string} name
     * @param {Record<string, string | number | bigint | boolean | Uint8Array | null>} [args] null is left out
     * @returns {Promise<any>}
     */
    query(module: string, name: string, args?: Record<string, string | number | bigint | boolean | Uint8Array | null> | undefined): Promise<any>;
    /**
     * Build a transaction for the node's chain, submit it, and return it with its receipt once it is final: look at `code`.
     *
     * Where the chain allows a shorter life than this client takes, it is built again for that.
     * @param {import("./transaction.js").Operation[]} operations
     * @param {Signer[]} signers
     * @param {{ timeoutMs?: number }} options
     * @returns {Promise<Fields>}
     */
    send(operations: import("./transaction.js").Operation[], signers: Signer[], { timeoutMs }?: {
        timeoutMs?: number;
    }): Promise<Fields>;
    /**
     * Submit a transaction and return it with its receipt once it is final. To submit the same again is harmless.
     * @param {Transaction} transaction
     * @param {{ timeoutMs?: number }} options
     * @returns {Promise<Fields>} as `GET /v1/tx/ID`: `code` is `OK`, or the refusal's
     */
    submit(transaction: Transaction, { timeoutMs }?: {
        timeoutMs?: number;
    }): Promise<Fields>;
    /**
     * A transaction with its receipt once it is final, whether or not this node knows it yet.
     * @param {Uint8Array} txId
     * @param {{ timeoutMs?: number }} options
     * @returns {Promise<Fields>}
     */
    waitFor(txId: Uint8Array, { timeoutMs }?: {
        timeoutMs?: number;
    }): Promise<Fields>;
    /**
     * The proof file of keys of the state, for whoever trusts the genesis, or the block `trusted`.
     * @param {Uint8Array[]} keys
     * @param {string} [trusted] `HEIGHT:BLOCK_ID`
     * @returns {Promise<Uint8Array>}
     */
    prove(keys: Uint8Array[], trusted?: string | undefined): Promise<Uint8Array>;
    /**
     * The proof file of a final transaction with its receipt, likewise.
     * @param {Uint8Array} txId
     * @param {string} [trusted] `HEIGHT:BLOCK_ID`
     * @returns {Promise<Uint8Array>}
     */
    proveTransaction(txId: Uint8Array, trusted?: string | undefined): Promise<Uint8Array>;
    /**
     * One request, signed where the client has a key; its answer, unless it is an error.
     * @param {string} path
     * @param {Ask} ask `waitMs`: how long the node may wait before it answers
     * @returns {Promise<Response>}
     */
    ask(path: string, { method, query, body, waitMs, signal }?: Ask): Promise<Response>;
    #private;
}
export type Signer = import("./signing.js").Signer;
export type Transaction = import("./transaction.js").Transaction;
/**
 * an object of JSON, as the routes of `docs/control.md` say it
 */
export type Fields = Record<string, any>;
export type ClientOptions = {
    /**
     * signs every request, which a gateway wants for what not everybody may read
     */
    signer?: import("./signing.js").Signer | undefined;
    /**
     * another way to the node than the platform's
     */
    fetch?: typeof fetch | undefined;
    /**
     * for the node to answer what it need not wait for
     */
    answerTimeoutMs?: number | undefined;
};
export type Ask = {
    method?: string;
    query?: Fields;
    body?: Uint8Array;
    waitMs?: number;
    signal?: AbortSignal;
};
import { Fault } from "./fault.js";
