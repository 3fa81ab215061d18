/**
 * The root of the tree over leaves in their order.
 * @param {Uint8Array[]} leaves
 * @returns {Uint8Array}
 */
export function merkleRoot(leaves: Uint8Array[]): Uint8Array;
/**
 * The hashes that lead from leaf number `index` to the root, the lowest first.
 * @param {Uint8Array[]} leaves
 * @param {number} index
 * @returns {Uint8Array[]}
 */
export function merklePath(leaves: Uint8Array[], index: number): Uint8Array[];
/**
 * Accept that `leaf` is number `index` of `size` leaves under `root`, or throw `Invalid("PROOF_INVALID")`.
 *
 * That the leaf is in the tree is certain then; its number only as far as the size is trusted.
 * @param {Uint8Array} root from a header that is believed
 * @param {Uint8Array} leaf its bytes, not its hash
 * @param {number} index
 * @param {number} size
 * @param {Uint8Array[]} path
 * @returns {void}
 */
export function verifyInclusion(root: Uint8Array, leaf: Uint8Array, index: number, size: number, path: Uint8Array[]): void;
