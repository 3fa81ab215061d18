/**
 * Write bytes as lower-case hexadecimal.
 * @param {Uint8Array} data
 * @returns {string}
 */
export function toHex(data: Uint8Array): string;
/**
 * Read hexadecimal; `Invalid` with `CODEC_TEXT` for anything else.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function fromHex(text: string): Uint8Array;
/**
 * Join byte strings.
 * @param {...Uint8Array} parts
 * @returns {Uint8Array}
 */
export function concat(...parts: Uint8Array[]): Uint8Array;
/**
 * Compare two byte strings, octet by octet: negative, zero or positive.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @returns {number}
 */
export function compare(one: Uint8Array, other: Uint8Array): number;
/**
 * Decide whether two byte strings are the same.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @returns {boolean}
 */
export function same(one: Uint8Array, other: Uint8Array): boolean;
/**
 * Encode text in UTF-8.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function utf8(text: string): Uint8Array;
