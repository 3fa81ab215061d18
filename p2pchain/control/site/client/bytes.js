/** Byte strings: hexadecimal, joined, compared. */

import { Invalid } from "./fault.js";

const HEX = /^(?:[0-9a-fA-F]{2})*$/;

/**
 * Write bytes as lower-case hexadecimal.
 * @param {Uint8Array} data
 * @returns {string}
 */
export function toHex(data) {
  let text = "";
  for (const octet of data) text += octet.toString(16).padStart(2, "0");
  return text;
}

/**
 * Read hexadecimal; `Invalid` with `CODEC_TEXT` for anything else.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function fromHex(text) {
  if (typeof text !== "string" || !HEX.test(text)) {
    throw new Invalid("CODEC_TEXT", { field: "hex", expected: "an even number of hexadecimal digits" });
  }
  const data = new Uint8Array(text.length / 2);
  for (let at = 0; at < data.length; at++) data[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return data;
}

/**
 * Join byte strings.
 * @param {...Uint8Array} parts
 * @returns {Uint8Array}
 */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * Compare two byte strings, octet by octet: negative, zero or positive.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @returns {number}
 */
export function compare(one, other) {
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at++) if (one[at] !== other[at]) return one[at] - other[at];
  return one.length - other.length;
}

/**
 * Decide whether two byte strings are the same.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @returns {boolean}
 */
export function same(one, other) {
  return compare(one, other) === 0;
}

/**
 * Encode text in UTF-8.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function utf8(text) {
  return new TextEncoder().encode(text);
}
