/**
 * Read a list of `low` to `high` items.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {string} at
 * @returns {Value[]}
 */
export function array(item: Value | undefined, low: number, high: number, at: string): Value[];
/**
 * Read the fields of a structure: an array of exactly `count` items.
 * @param {Value | undefined} item
 * @param {number} count
 * @param {string} at
 * @returns {Value[]}
 */
export function fields(item: Value | undefined, count: number, at: string): Value[];
/**
 * Read an integer from `low` to `high`.
 * @param {Value | undefined} item
 * @param {number | bigint} low
 * @param {number | bigint} high
 * @param {string} at
 * @returns {number | bigint}
 */
export function integer(item: Value | undefined, low: number | bigint, high: number | bigint, at: string): number | bigint;
/**
 * Read an integer that a number holds exactly.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {string} at
 * @returns {number}
 */
export function small(item: Value | undefined, low: number, high: number, at: string): number;
/**
 * Read a byte string of `low` to `high` bytes.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {string} at
 * @returns {Uint8Array}
 */
export function octets(item: Value | undefined, low: number, high: number, at: string): Uint8Array;
/**
 * Read a hash, an id or a public key: 32 bytes.
 * @param {Value | undefined} item
 * @param {string} at
 * @returns {Uint8Array}
 */
export function digest(item: Value | undefined, at: string): Uint8Array;
/**
 * Read `low` to `high` byte strings of `size` bytes each.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {number} size
 * @param {string} at
 * @returns {Uint8Array[]}
 */
export function byteStrings(item: Value | undefined, low: number, high: number, size: number, at: string): Uint8Array[];
/**
 * Read text of `low` to `high` characters.
 * @param {Value | undefined} item
 * @param {number} low
 * @param {number} high
 * @param {string} at
 * @returns {string}
 */
export function text(item: Value | undefined, low: number, high: number, at: string): string;
/**
 * Read a name: of a module, an action, an event, a fact, a code.
 * @param {Value | undefined} item
 * @param {string} at
 * @returns {string}
 */
export function name(item: Value | undefined, at: string): string;
/**
 * Read a chain id: 1 to 64 characters of `a-z 0-9 -`.
 * @param {unknown} item
 * @param {string} at
 * @returns {string}
 */
export function chainId(item: unknown, at: string): string;
/**
 * Read a height, from 1.
 * @param {Value | undefined} item
 * @param {string} at
 * @returns {number | bigint}
 */
export function height(item: Value | undefined, at: string): number | bigint;
/**
 * Read a round.
 * @param {Value | undefined} item
 * @param {string} at
 * @returns {number}
 */
export function round(item: Value | undefined, at: string): number;
/**
 * Check the version of a structure.
 * @param {Value | undefined} item
 * @param {number} expected
 * @param {string} at
 * @returns {void}
 */
export function version(item: Value | undefined, expected: number, at: string): void;
/**
 * Refuse items that are repeated or out of order; `order`: below zero where the first comes before the second.
 * @param {number} order
 * @param {string} at
 * @returns {void}
 */
export function ascending(order: number, at: string): void;
/**
 * Compare two texts by their characters, as bytes of UTF-8 compare; UTF-16 orders some of them otherwise.
 * @param {string} one
 * @param {string} other
 * @returns {number}
 */
export function compareText(one: string, other: string): number;
/**
 * Make the refusal of a field of another type.
 * @param {unknown} item
 * @param {string} expected
 * @param {string} at
 * @returns {Invalid}
 */
export function mistyped(item: unknown, expected: string, at: string): Invalid;
/** @typedef {import("./cbor.js").Value} Value */
export const HASH_BYTES: 32;
export const NONCE_BYTES: 8;
export const VALIDATORS_MAX: 100;
export type Value = import("./cbor.js").Value;
import { Invalid } from "./fault.js";
