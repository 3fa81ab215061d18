/**
 * Fields of structures: a reader per kind of field, each refusing with the field's path.
 *
 * A reader takes a decoded item, its bounds, and `at`, the path for the refusal (`proof.links[].header`).
 */

import { INTEGER_MAX, kindOf } from "./cbor.js";
import { Invalid } from "./fault.js";

/** @typedef {import("./cbor.js").Value} Value */

export const HASH_BYTES = 32;
export const NONCE_BYTES = 8;
export const VALIDATORS_MAX = 100;
const ROUND_MAX = 2 ** 31 - 1;
const NAME_CHARS_MAX = 64;
const CHAIN_ID = /^[a-z0-9-]{1,64}$/;

/**
 * Read a list of `low` to `high` items.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {string} at
 * @returns {Value[]}
 */
export function array(item, low, high, at) {
  if (!Array.isArray(item)) throw mistyped(item, "array", at);
  checkLength(item.length, low, high, at);
  return item;
}

/**
 * Read the fields of a structure: an array of exactly `count` items.
 * @param {Value | undefined} item
 * @param {number} count
 * @param {string} at
 * @returns {Value[]}
 */
export function fields(item, count, at) {
  if (!Array.isArray(item)) throw mistyped(item, "array", at);
  if (item.length !== count) {
    throw new Invalid("CODEC_FIELDS", { field: at, expected: count, found: item.length });
  }
  return item;
}

/**
 * Read an integer from `low` to `high`.
 * @param {Value | undefined} item
 * @param {number | bigint} low
 * @param {number | bigint} high
 * @param {string} at
 * @returns {number | bigint}
 */
export function integer(item, low, high, at) {
  if (kindOf(item) !== "integer") throw mistyped(item, "integer", at);
  const value = /** @type {number | bigint} */ (item);
  if (value < low || value > high) {
    throw new Invalid("CODEC_RANGE", { field: at, found: String(value), low: String(low), high: String(high) });
  }
  return value;
}

/**
 * Read an integer that a number holds exactly.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {string} at
 * @returns {number}
 */
export function small(item, low, high, at) {
  return Number(integer(item, low, high, at));
}

/**
 * Read a byte string of `low` to `high` bytes.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {string} at
 * @returns {Uint8Array}
 */
export function octets(item, low, high, at) {
  if (!(item instanceof Uint8Array)) throw mistyped(item, "bytes", at);
  checkLength(item.length, low, high, at);
  return item;
}

/**
 * Read a hash, an id or a public key: 32 bytes.
 * @param {Value | undefined} item
 * @param {string} at
 * @returns {Uint8Array}
 */
export function digest(item, at) {
  return octets(item, HASH_BYTES, HASH_BYTES, at);
}

/**
 * Read `low` to `high` byte strings of `size` bytes each.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {number} size
 * @param {string} at
 * @returns {Uint8Array[]}
 */
export function byteStrings(item, low, high, size, at) {
  return array(item, low, high, at).map((part, place) => octets(part, size, size, `${at}[${place}]`));
}

/**
 * Read text of `low` to `high` characters.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {string} at
 * @returns {string}
 */
export function text(item, low, high, at) {
  if (typeof item !== "string") throw mistyped(item, "text", at);
  checkLength([...item].length, low, high, at);
  return item;
}

/**
 * Read a name: of a module, an action, an event, a fact, a code.
 * @param {Value | undefined} item
 * @param {string} at
 * @returns {string}
 */
export function name(item, at) {
  return text(item, 1, NAME_CHARS_MAX, at);
}

/**
 * Read a chain id: 1 to 64 characters of `a-z 0-9 -`.
 * @param {unknown} item
 * @param {string} at
 * @returns {string}
 */
export function chainId(item, at) {
  if (typeof item !== "string") throw mistyped(item, "text", at);
  if (!CHAIN_ID.test(item)) {
    throw new Invalid("CODEC_TEXT", { field: at, expected: "1 to 64 of a-z 0-9 -", chars: [...item].length });
  }
  return item;
}

/**
 * Read a height, from 1.
 * @param {Value | undefined} item
 * @param {string} at
 * @returns {number | bigint}
 */
export function height(item, at) {
  return integer(item, 1, INTEGER_MAX, at);
}

/**
 * Read a round.
 * @param {Value | undefined} item
 * @param {string} at
 * @returns {number}
 */
export function round(item, at) {
  return small(item, 0, ROUND_MAX, at);
}

/**
 * Check the version of a structure.
 * @param {Value | undefined} item
 * @param {number} expected
 * @param {string} at
 * @returns {void}
 */
export function version(item, expected, at) {
  if (item === expected) return;
  const found = kindOf(item) === "integer" ? /** @type {number | bigint} */ (item) : kindOf(item);
  throw new Invalid("CODEC_VERSION", { field: at, expected, found });
}

/**
 * Refuse items that are repeated or out of order; `order`: below zero where the first comes before the second.
 * @param {number} order
 * @param {string} at
 * @returns {void}
 */
export function ascending(order, at) {
  if (order >= 0) throw new Invalid("CODEC_ORDER", { field: at });
}

/**
 * Compare two texts by their characters, as bytes of UTF-8 compare; UTF-16 orders some of them otherwise.
 * @param {string} one
 * @param {string} other
 * @returns {number}
 */
export function compareText(one, other) {
  const left = [...one];
  const right = [...other];
  const place = left.findIndex((character, index) => character !== right[index]);
  if (place < 0) return left.length - right.length;
  return place >= right.length ? 1 : Number(left[place].codePointAt(0)) - Number(right[place].codePointAt(0));
}

/**
 * Make the refusal of a field of another type.
 * @param {unknown} item
 * @param {string} expected
 * @param {string} at
 * @returns {Invalid}
 */
export function mistyped(item, expected, at) {
  return new Invalid("CODEC_TYPE", { field: at, expected, found: kindOf(item) });
}

/**
 * @param {number} found
 * @param {number} low
 * @param {number} high
 * @param {string} at
 */
function checkLength(found, low, high, at) {
  if (found < low || found > high) throw new Invalid("CODEC_LENGTH", { field: at, found, low, high });
}
