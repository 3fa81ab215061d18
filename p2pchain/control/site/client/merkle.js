/** Merkle trees over lists (RFC 6962 §2.1): roots, ways of leaves, and inclusion (RFC 9162 §2.1.3.2). */

import { concat, same, toHex } from "./bytes.js";
import { HASH_BYTES } from "./fields.js";
import { Invalid } from "./fault.js";
import { sha256 } from "./sha2.js";

const PATH_HASHES_MAX = 63;

/**
 * The root of the tree over leaves in their order.
 * @param {Uint8Array[]} leaves
 * @returns {Uint8Array}
 */
export function merkleRoot(leaves) {
  if (!leaves.length) return sha256(new Uint8Array());
  let level = leaves.map(leafHash);
  while (level.length > 1) level = parents(level);
  return level[0];
}

/**
 * The hashes that lead from leaf number `index` to the root, the lowest first.
 * @param {Uint8Array[]} leaves
 * @param {number} index
 * @returns {Uint8Array[]}
 */
export function merklePath(leaves, index) {
  const path = [];
  for (let level = leaves.map(leafHash); level.length > 1; level = parents(level), index >>= 1) {
    if ((index ^ 1) < level.length) path.push(level[index ^ 1]);
  }
  return path;
}

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
export function verifyInclusion(root, leaf, index, size, path) {
  checkShape(root, index, size, path);
  let current = index;
  let last = size - 1;
  let computed = leafHash(leaf);
  for (const sibling of path) {
    if (last === 0) throw new Invalid("PROOF_INVALID", { reason: "path too long", hashes: path.length });
    if (current % 2 === 1 || current === last) {
      computed = nodeHash(sibling, computed);
      while (current % 2 === 0 && current !== 0) [current, last] = [half(current), half(last)];
    } else {
      computed = nodeHash(computed, sibling);
    }
    [current, last] = [half(current), half(last)];
  }
  if (last !== 0) throw new Invalid("PROOF_INVALID", { reason: "path too short", hashes: path.length });
  if (!same(computed, root)) {
    throw new Invalid("PROOF_INVALID", { reason: "root", root: toHex(root), computed: toHex(computed) });
  }
}

/**
 * @param {Uint8Array} root
 * @param {number} index
 * @param {number} size
 * @param {Uint8Array[]} path
 */
function checkShape(root, index, size, path) {
  const whole = Number.isSafeInteger(index) && Number.isSafeInteger(size);
  if (!whole || index < 0 || index >= size) {
    throw new Invalid("PROOF_INVALID", { reason: "index out of range", index: String(index), size: String(size) });
  }
  if (path.length > PATH_HASHES_MAX) {
    throw new Invalid("PROOF_INVALID", { reason: "path too long", hashes: path.length });
  }
  for (const hash of [root, ...path]) {
    if (hash.length !== HASH_BYTES) throw new Invalid("PROOF_INVALID", { reason: "hash length", bytes: hash.length });
  }
}

/**
 * @param {number} value
 * @returns {number}
 */
function half(value) {
  return Math.floor(value / 2);
}

/**
 * @param {Uint8Array} leaf
 * @returns {Uint8Array}
 */
function leafHash(leaf) {
  return sha256(concat(Uint8Array.of(0), leaf));
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 * @returns {Uint8Array}
 */
function nodeHash(left, right) {
  return sha256(concat(Uint8Array.of(1), left, right));
}

/**
 * @param {Uint8Array[]} level
 * @returns {Uint8Array[]}
 */
function parents(level) {
  const above = [];
  for (let place = 0; place < level.length; place += 2) {
    above.push(place + 1 < level.length ? nodeHash(level[place], level[place + 1]) : level[place]);
  }
  return above;
}
