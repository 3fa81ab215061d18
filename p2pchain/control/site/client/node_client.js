/** A node over HTTP: ask, submit, wait, prove. */

import { toHex } from "./bytes.js";
import { encode } from "./cbor.js";
import { Fault, Refused } from "./fault.js";
import { signedFields } from "./request_signature.js";
import { buildTransaction } from "./signing.js";

/** @typedef {import("./signing.js").Signer} Signer */
/** @typedef {import("./transaction.js").Transaction} Transaction */
/** @typedef {Record<string, any>} Fields an object of JSON, as the routes of `docs/control.md` say it */

/**
 * @typedef {object} ClientOptions
 * @property {Signer} [signer] signs every request, which a gateway wants for what not everybody may read
 * @property {typeof fetch} [fetch] another way to the node than the platform's
 * @property {number} [answerTimeoutMs] for the node to answer what it need not wait for
 */

/** @typedef {{ method?: string, query?: Fields, body?: Uint8Array, waitMs?: number, signal?: AbortSignal }} Ask */

/** How long a transaction stays valid, in blocks; a chain allows 600 unless its parameters say otherwise. */
const VALID_HEIGHTS = 500;
const ANSWER_TIMEOUT_MS = 10_000;
const POLL_MS = 250;
const CBOR_TYPE = "application/cbor";

/** The node did not answer in time, or a transaction is not final yet: it may still become so. */
export class TimedOut extends Fault {}

/** The node is not there, or went away. */
export class NodeUnreachable extends Fault {}

/** A client of one node. Every method throws `Refused` with the node's own code, `TimedOut`, or `NodeUnreachable`. */
export class NodeClient {
  #base;
  #signer;
  #fetch;
  #answerTimeoutMs;

  /**
   * @param {string} base such as `https://node.example:9443`
   * @param {ClientOptions} [options]
   */
  constructor(base, options = {}) {
    this.#base = base.replace(/\/+$/, "");
    this.#signer = options.signer;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
  }

  /**
   * Who the node is, where it stands, and its health.
   * @returns {Promise<Fields>}
   */
  async status() {
    return this.get("/v1/status");
  }

  /**
   * Any route that answers JSON; an integer beyond 2^53 is text there.
   * @param {string} path
   * @param {Fields} [query]
   * @returns {Promise<any>}
   */
  async get(path, query) {
    return (await this.ask(path, { query })).json();
  }

  /**
   * A module's answer upon committed state.
   * @param {string} module
   * @param {string} name
   * @param {Record<string, string | number | bigint | boolean | Uint8Array | null>} [args] null is left out
   * @returns {Promise<any>}
   */
  async query(module, name, args = {}) {
    const stated = Object.entries(args).filter(([, value]) => value !== null);
    const query = stated.map(([key, value]) => [key, value instanceof Uint8Array ? toHex(value) : value]);
    const path = ["", "v1", "query", module, name].map(encodeURIComponent).join("/");
    return this.get(path, Object.fromEntries(query));
  }

  /**
   * Build a transaction for the node's chain, submit it, and return it with its receipt once it is final: look at `code`.
   *
   * Where the chain allows a shorter life than this client takes, it is built again for that.
   * @param {import("./transaction.js").Operation[]} operations
   * @param {Signer[]} signers
   * @param {{ timeoutMs?: number }} options
   * @returns {Promise<Fields>}
   */
  async send(operations, signers, { timeoutMs } = {}) {
    const { chain_id: chainId, height } = await this.get("/v1/chain");
    /** @param {number} validUntil */
    const attempt = async (validUntil) =>
      this.submit(await buildTransaction({ chainId, operations, signers, validUntil }), { timeoutMs });
    try {
      return await attempt(height + VALID_HEIGHTS);
    } catch (fault) {
      const allowed = fault instanceof Refused && fault.code === "TX_TOO_FAR_AHEAD" && fault.facts.valid_until_max;
      if (typeof allowed !== "number") throw fault;
      return attempt(allowed);
    }
  }

  /**
   * Submit a transaction and return it with its receipt once it is final. To submit the same again is harmless.
   * @param {Transaction} transaction
   * @param {{ timeoutMs?: number }} options
   * @returns {Promise<Fields>} as `GET /v1/tx/ID`: `code` is `OK`, or the refusal's
   */
  async submit(transaction, { timeoutMs = 30_000 } = {}) {
    const query = { wait: 1, timeout_ms: timeoutMs };
    const answer = await this.ask("/v1/tx", { method: "POST", query, body: transaction.raw, waitMs: timeoutMs });
    const fields = await answer.json();
    if (answer.status === 200) return fields;
    throw notFinal(transaction.txId, timeoutMs);
  }

  /**
   * A transaction with its receipt once it is final, whether or not this node knows it yet.
   * @param {Uint8Array} txId
   * @param {{ timeoutMs?: number }} options
   * @returns {Promise<Fields>}
   */
  async waitFor(txId, { timeoutMs = 30_000 } = {}) {
    for (const end = performance.now() + timeoutMs; performance.now() < end; ) {
      const fields = await this.#known(txId);
      if (fields?.status === "committed") return fields;
      await new Promise((resume) => setTimeout(resume, POLL_MS));
    }
    throw notFinal(txId, timeoutMs);
  }

  /**
   * The proof file of keys of the state, for whoever trusts the genesis, or the block `trusted`.
   * @param {Uint8Array[]} keys
   * @param {string} [trusted] `HEIGHT:BLOCK_ID`
   * @returns {Promise<Uint8Array>}
   */
  async prove(keys, trusted) {
    const query = trusted === undefined ? {} : { trusted };
    return bytesOf(await this.ask("/v1/proof", { method: "POST", query, body: encode(keys) }));
  }

  /**
   * The proof file of a final transaction with its receipt, likewise.
   * @param {Uint8Array} txId
   * @param {string} [trusted] `HEIGHT:BLOCK_ID`
   * @returns {Promise<Uint8Array>}
   */
  async proveTransaction(txId, trusted) {
    const query = trusted === undefined ? {} : { trusted };
    return bytesOf(await this.ask(`/v1/tx/${toHex(txId)}/proof`, { query }));
  }

  /**
   * One request, signed where the client has a key; its answer, unless it is an error.
   * @param {string} path
   * @param {Ask} ask `waitMs`: how long the node may wait before it answers
   * @returns {Promise<Response>}
   */
  async ask(path, { method = "GET", query = {}, body, waitMs = 0, signal } = {}) {
    const stated = Object.entries(query).map(([name, value]) => [name, String(value)]);
    const url = `${this.#base}${path}${stated.length ? `?${new URLSearchParams(stated)}` : ""}`;
    const contentType = CBOR_TYPE;
    const headers = {
      ...(body && { "content-type": contentType }),
      ...(this.#signer && (await signedFields(this.#signer, { method, url, contentType, body }))),
    };
    const inTime = signal ?? timeoutSignal(waitMs + this.#answerTimeoutMs);
    const answer = await this.#exchange(url, { method, body, headers, signal: inTime });
    if (answer.ok) return answer;
    throw await refusalOf(answer);
  }

  /**
   * @param {string} url
   * @param {RequestInit} request
   * @returns {Promise<Response>}
   */
  async #exchange(url, request) {
    try {
      return await this.#fetch(url, { ...request, redirect: "error", credentials: "omit", cache: "no-store" });
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (name === "TimeoutError") throw new TimedOut("TIMED_OUT", { url }, "the node is there but does not answer");
      throw new NodeUnreachable("NODE_UNREACHABLE", { url, reason: String(error) }, "is it running, and is this its address?");
    }
  }

  /**
   * @param {Uint8Array} txId
   * @returns {Promise<Fields | null>}
   */
  async #known(txId) {
    try {
      return await this.get(`/v1/tx/${toHex(txId)}`);
    } catch (fault) {
      if (fault instanceof Refused && fault.code === "TX_UNKNOWN") return null;
      throw fault;
    }
  }
}

/**
 * A signal that stops a request after a time.
 * @param {number} timeoutMs
 * @returns {AbortSignal}
 */
function timeoutSignal(timeoutMs) {
  return /** @type {any} */ (AbortSignal).timeout(timeoutMs);
}

/**
 * An error as the control socket says it, or as problem details (RFC 9457).
 * @param {Response} answer
 * @returns {Promise<Refused>}
 */
async function refusalOf(answer) {
  try {
    const body = await answer.json();
    const { code, details, hint } = body.error ?? body;
    if (typeof code === "string") return new Refused(code, details, hint);
  } catch {
    // No JSON: the status is all there is.
  }
  return new Refused("HTTP_STATUS", { status: answer.status }, "this is no answer of a node: is it the right address?");
}

/**
 * @param {Response} answer
 * @returns {Promise<Uint8Array>}
 */
async function bytesOf(answer) {
  return new Uint8Array(await answer.arrayBuffer());
}

/**
 * @param {Uint8Array} txId
 * @param {number} timeoutMs
 * @returns {TimedOut}
 */
function notFinal(txId, timeoutMs) {
  const facts = { tx_id: toHex(txId), timeout_ms: timeoutMs };
  return new TimedOut("TIMED_OUT", facts, "it may still become final: go on waiting with waitFor");
}
