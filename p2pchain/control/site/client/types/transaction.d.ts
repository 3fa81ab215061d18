/**
 * Encode the body of a transaction: `[1, chain_id, nonce, valid_until, signers, operations]`.
 * @param {Body} body
 * @returns {Uint8Array}
 */
export function encodeBody(body: Body): Uint8Array;
/**
 * The bytes that every signer signs; their SHA-256 is the transaction's id.
 * @param {string} chainId
 * @param {Uint8Array} bodyBytes
 * @returns {Uint8Array}
 */
export function transactionSignBytes(chainId: string, bodyBytes: Uint8Array): Uint8Array;
/**
 * Put a body and its signatures together; `Invalid` for what the format cannot hold.
 * @param {Uint8Array} bodyBytes
 * @param {Uint8Array[]} signatures in the order of the signers
 * @returns {Transaction}
 */
export function assembleTransaction(bodyBytes: Uint8Array, signatures: Uint8Array[]): Transaction;
/**
 * Decode a transaction, or throw `Invalid`; no signature is checked.
 * @param {Uint8Array} raw
 * @returns {Transaction}
 */
export function decodeTransaction(raw: Uint8Array): Transaction;
/**
 * Decode the body of a transaction: 1 to 16 distinct signers, 1 to 64 operations.
 * @param {Uint8Array} data
 * @returns {Body}
 */
export function decodeBody(data: Uint8Array): Body;
/**
 * Decode a receipt, or throw `Invalid`.
 * @param {Uint8Array} data
 * @returns {Receipt}
 */
export function decodeReceipt(data: Uint8Array): Receipt;
/** @typedef {import("./cbor.js").Value} Value */
/** @typedef {{ module: string, action: string, args: Value[] }} Operation */
/** @typedef {{ module: string, name: string, fields: Value[] }} Event */
/**
 * @typedef {object} Body what all signers sign
 * @property {string} chainId
 * @property {Uint8Array} nonce 8 bytes that the first signer has not used lately
 * @property {number | bigint | null} validUntil the last height that may hold it; null with `validUntilMs`
 * @property {number | bigint | null} validUntilMs the last time of a block that may; null with `validUntil`
 * @property {Uint8Array[]} signers public keys
 * @property {Operation[]} operations
 */
/**
 * @typedef {object} Transaction well formed; its signatures are not checked
 * @property {Body} body
 * @property {Uint8Array} bodyBytes
 * @property {Uint8Array[]} signatures in the order of the signers
 * @property {Uint8Array} raw
 * @property {Uint8Array} txId
 */
/**
 * @typedef {object} Receipt
 * @property {Uint8Array} txId
 * @property {string} code `OK`, or the refusal's
 * @property {[string, Value][]} facts ascending by name
 * @property {Event[]} events
 */
export const TX_BYTES_MAX: 65536;
export const RECEIPT_BYTES_MAX: 1048576;
export const CODE_OK: "OK";
export type Value = import("./cbor.js").Value;
export type Operation = {
    module: string;
    action: string;
    args: Value[];
};
export type Event = {
    module: string;
    name: string;
    fields: Value[];
};
/**
 * what all signers sign
 */
export type Body = {
    chainId: string;
    /**
     * 8 bytes that the first signer has not used lately
     */
    nonce: Uint8Array;
    /**
     * the last height that may hold it; null with `validUntilMs`
     */
    validUntil: number | bigint | null;
    /**
     * the last time of a block that may; null with `validUntil`
     */
    validUntilMs: number | bigint | null;
    /**
     * public keys
     */
    signers: Uint8Array[];
    operations: Operation[];
};
/**
 * well formed; its signatures are not checked
 */
export type Transaction = {
    body: Body;
    bodyBytes: Uint8Array;
    /**
     * in the order of the signers
     */
    signatures: Uint8Array[];
    raw: Uint8Array;
    txId: Uint8Array;
};
export type Receipt = {
    txId: Uint8Array;
    /**
     * `OK`, or the refusal's
     */
    code: string;
    /**
     * ascending by name
     */
    facts: [string, Value][];
    events: Event[];
};
