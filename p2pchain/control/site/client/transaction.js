/** Transactions and receipts: their bytes, what is signed, and the id that follows from it. */

import { toHex } from "./bytes.js";
import { INTEGER_MAX, decode, encode } from "./cbor.js";
import { KEY_BYTES, SIGNATURE_BYTES } from "./ed25519.js";
import { Invalid } from "./fault.js";
import * as field from "./fields.js";
import { sha256 } from "./sha2.js";

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

export const TX_BYTES_MAX = 65_536;
export const RECEIPT_BYTES_MAX = 1_048_576;
export const CODE_OK = "OK";
const TX_VERSION = 1;
const SIGNERS_MAX = 16;
const OPERATIONS_MAX = 64;
const FACTS_MAX = 256;
const EVENTS_MAX = 4_096;

/**
 * Encode the body of a transaction: `[1, chain_id, nonce, valid_until, signers, operations]`.
 * @param {Body} body
 * @returns {Uint8Array}
 */
export function encodeBody(body) {
  const until = body.validUntilMs === null ? body.validUntil : [body.validUntilMs];
  const operations = body.operations.map(({ module, action, args }) => [module, action, args]);
  return encode([TX_VERSION, body.chainId, body.nonce, until, body.signers, operations]);
}

/**
 * The bytes that every signer signs; their SHA-256 is the transaction's id.
 * @param {string} chainId
 * @param {Uint8Array} bodyBytes
 * @returns {Uint8Array}
 */
export function transactionSignBytes(chainId, bodyBytes) {
  return encode(["p2pchain/tx", 1, chainId, bodyBytes]);
}

/**
 * Put a body and its signatures together; `Invalid` for what the format cannot hold.
 * @param {Uint8Array} bodyBytes
 * @param {Uint8Array[]} signatures in the order of the signers
 * @returns {Transaction}
 */
export function assembleTransaction(bodyBytes, signatures) {
  return decodeTransaction(encode([bodyBytes, signatures]));
}

/**
 * Decode a transaction, or throw `Invalid`; no signature is checked.
 * @param {Uint8Array} raw
 * @returns {Transaction}
 */
export function decodeTransaction(raw) {
  const [bodyBytes, signatures] = field.fields(decode(raw, TX_BYTES_MAX), 2, "transaction");
  if (!(bodyBytes instanceof Uint8Array)) throw field.mistyped(bodyBytes, "bytes", "transaction.body");
  const body = decodeBody(bodyBytes);
  const count = body.signers.length;
  return {
    body,
    bodyBytes,
    signatures: field.byteStrings(signatures, count, count, SIGNATURE_BYTES, "signatures"),
    raw,
    txId: sha256(transactionSignBytes(body.chainId, bodyBytes)),
  };
}

/**
 * Decode the body of a transaction: 1 to 16 distinct signers, 1 to 64 operations.
 * @param {Uint8Array} data
 * @returns {Body}
 */
export function decodeBody(data) {
  const parts = field.fields(decode(data, TX_BYTES_MAX), 6, "body");
  const [version, chainId, nonce, until, signers, operations] = parts;
  field.version(version, TX_VERSION, "body.version");
  const keys = field.byteStrings(signers, 1, SIGNERS_MAX, KEY_BYTES, "body.signers");
  if (new Set(keys.map(toHex)).size !== keys.length) {
    throw new Invalid("CODEC_REPEATED", { field: "body.signers", signers: keys.length });
  }
  return {
    ...readUntil(until),
    chainId: field.chainId(chainId, "body.chain_id"),
    nonce: field.octets(nonce, field.NONCE_BYTES, field.NONCE_BYTES, "body.nonce"),
    signers: keys,
    operations: field.array(operations, 1, OPERATIONS_MAX, "body.operations").map(readOperation),
  };
}

/**
 * Decode a receipt, or throw `Invalid`.
 * @param {Uint8Array} data
 * @returns {Receipt}
 */
export function decodeReceipt(data) {
  const item = decode(data, RECEIPT_BYTES_MAX, RECEIPT_BYTES_MAX);
  const [txId, code, facts, events] = field.fields(item, 4, "receipt");
  return {
    txId: field.digest(txId, "receipt.tx_id"),
    code: field.name(code, "receipt.code"),
    facts: readFacts(facts),
    events: field.array(events, 0, EVENTS_MAX, "receipt.events").map(readEvent),
  };
}

/**
 * @param {Value} item
 * @returns {Pick<Body, "validUntil" | "validUntilMs">}
 */
function readUntil(item) {
  if (!Array.isArray(item)) return { validUntil: field.height(item, "body.valid_until"), validUntilMs: null };
  const [moment] = field.fields(item, 1, "body.valid_until");
  return { validUntil: null, validUntilMs: field.integer(moment, 0, INTEGER_MAX, "body.valid_until.time_ms") };
}

/**
 * @param {Value} item
 * @returns {Operation}
 */
function readOperation(item) {
  const [module, action, args] = field.fields(item, 3, "body.operations[]");
  return {
    module: field.name(module, "body.operations[].module"),
    action: field.name(action, "body.operations[].action"),
    args: readValues(args, "body.operations[].args"),
  };
}

/**
 * @param {Value} item
 * @returns {[string, Value][]}
 */
function readFacts(item) {
  /** @type {[string, Value][]} */
  const facts = [];
  field.array(item, 0, FACTS_MAX, "receipt.facts").forEach((pair, place) => {
    const at = `receipt.facts[${place}]`;
    const [stated, value] = field.fields(pair, 2, at);
    const name = field.name(stated, `${at}.name`);
    const before = facts.at(-1);
    if (before) field.ascending(field.compareText(before[0], name), `${at}.name`);
    facts.push([name, value]);
  });
  return facts;
}

/**
 * @param {Value} item
 * @param {number} place
 * @returns {Event}
 */
function readEvent(item, place) {
  const at = `receipt.events[${place}]`;
  const [module, name, values] = field.fields(item, 3, at);
  return {
    module: field.name(module, `${at}.module`),
    name: field.name(name, `${at}.name`),
    fields: readValues(values, `${at}.fields`),
  };
}

/**
 * @param {Value} item
 * @param {string} at
 * @returns {Value[]}
 */
function readValues(item, at) {
  if (!Array.isArray(item)) throw field.mistyped(item, "array", at);
  return item;
}
