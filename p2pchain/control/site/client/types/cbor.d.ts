/**
 * Decode one item that fills `data`, or throw `Invalid` with a code `CODEC_...` and the offset.
 * @param {Uint8Array} data
 * @param {number} bytesMax
 * @param {number} [itemsMax]
 * @returns {Value}
 */
export function decode(data: Uint8Array, bytesMax: number, itemsMax?: number | undefined): Value;
/**
 * Encode an item; `Invalid` where the protocol has none such.
 * @param {Value} item
 * @returns {Uint8Array}
 */
export function encode(item: Value): Uint8Array;
/**
 * Name the type of an item in the words of the protocol.
 * @param {unknown} item
 * @returns {string}
 */
export function kindOf(item: unknown): string;
/**
 * Decide whether text has no lone surrogate.
 * @param {string} text
 * @returns {boolean}
 */
export function isUnicode(text: string): boolean;
/** @typedef {number | bigint | string | boolean | null | Uint8Array | any[]} Value what the wire may hold; an array of values */
export const INTEGER_MAX: bigint;
export const DEPTH_MAX: 16;
export const ITEMS_MAX: 65536;
/**
 * what the wire may hold; an array of values
 */
export type Value = number | bigint | string | boolean | null | Uint8Array | any[];
