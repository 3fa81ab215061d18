/**
 * Describe what is proven; each line can be shown as it is. That a transaction was refused stands in its first and its last
 * line: what others wrote hides none of it.
 * @param {Proven} proven
 * @param {Words} words
 * @param {import("./genesis.js").Genesis | null} genesis whose accounts are named; null for none
 * @returns {string[]}
 */
export function proofLines(proven: Proven, words: Words, genesis: import("./genesis.js").Genesis | null): string[];
/**
 * A key as people read it: text up to what is no text, and that in hexadecimal.
 * @param {Uint8Array} key
 * @returns {string}
 */
export function keyText(key: Uint8Array): string;
export type Value = import("./cbor.js").Value;
export type Proven = import("./proof_file.js").Proven;
export type Words = import("./record_words.js").Words;
