/**
 * That a key of the state has a value, or none, under a state root: the paged trie of `docs/state.md`.
 *
 * Pages and branches are hashed with different first bytes; a page holds hashes of keys and values, a branch hashes
 * of nodes. Absence is shown by the whole page where the key would have to be.
 */

import { compare, concat, same, toHex } from "./bytes.js";
import { HASH_BYTES } from "./fields.js";
import { Invalid } from "./fault.js";
import { sha256 } from "./sha2.js";

/**
 * @typedef {object} StateProof the way of a key: branches from the root down, then the page where it ends
 * @property {Uint8Array[]} branches each the 16 hashes of its children
 * @property {Uint8Array} page key hash and value hash of each entry
 */

const ENTRY_BYTES = 2 * HASH_BYTES;
const PAGE_ENTRIES_MAX = 16;
const BRANCH_BYTES = 16 * HASH_BYTES;
const BRANCHES_MAX = 2 * HASH_BYTES - 1;

/**
 * Accept that `key` has `value` (null: none) under `root`, or throw `Invalid("PROOF_INVALID")`.
 * @param {Uint8Array} root the state root of a header that is believed
 * @param {Uint8Array} key
 * @param {Uint8Array | null} value
 * @param {StateProof} proof
 * @returns {void}
 */
export function verifyStateProof(root, key, value, proof) {
  checkSizes(root, proof);
  const keyHash = sha256(key);
  let expected = root;
  proof.branches.forEach((branch, depth) => {
    if (!same(branchHash(branch), expected)) throw new Invalid("PROOF_INVALID", { reason: "branch hash", depth });
    const place = nibble(keyHash, depth) * HASH_BYTES;
    expected = branch.subarray(place, place + HASH_BYTES);
  });
  const depth = proof.branches.length;
  if (!same(pageHash(proof.page), expected)) throw new Invalid("PROOF_INVALID", { reason: "page hash", depth });
  const found = valueHashIn(proof.page, keyHash, depth);
  const claimed = value === null ? null : sha256(value);
  if (found === null ? claimed !== null : claimed === null || !same(found, claimed)) {
    const hashes = { found: found && toHex(found), claimed: claimed && toHex(claimed) };
    throw new Invalid("PROOF_INVALID", { reason: "value", key_hash: toHex(keyHash), ...hashes });
  }
}

/**
 * Read `[[branch, ...], page]`; `Invalid("PROOF_INVALID")` for another shape.
 * @param {import("./cbor.js").Value} item
 * @returns {StateProof}
 */
export function readStateProof(item) {
  if (Array.isArray(item) && item.length === 2) {
    const [branches, page] = item;
    if (Array.isArray(branches) && branches.length <= BRANCHES_MAX && page instanceof Uint8Array) {
      const hashes = branches.filter((branch) => branch instanceof Uint8Array);
      if (hashes.length === branches.length) return { branches: /** @type {Uint8Array[]} */ (hashes), page };
    }
  }
  throw new Invalid("PROOF_INVALID", { reason: "shape", expected: "[[branch, ...], page]" });
}

/**
 * The state root of a set of pairs, by the definition.
 * @param {[Uint8Array, Uint8Array][]} pairs keys and values, each key once
 * @returns {Uint8Array}
 */
export function stateRoot(pairs) {
  /** @type {[Uint8Array, Uint8Array][]} */
  const hashed = pairs.map(([key, value]) => [sha256(key), sha256(value)]);
  return rootOf(hashed.sort(([one], [other]) => compare(one, other)), 0);
}

/**
 * @param {[Uint8Array, Uint8Array][]} hashed ascending by key hash
 * @param {number} depth
 * @returns {Uint8Array}
 */
function rootOf(hashed, depth) {
  if (hashed.length <= PAGE_ENTRIES_MAX) return pageHash(concat(...hashed.flat()));
  const children = Array.from({ length: 16 }, (_, place) =>
    rootOf(hashed.filter(([key]) => nibble(key, depth) === place), depth + 1),
  );
  return branchHash(concat(...children));
}

/**
 * @param {Uint8Array} page
 * @returns {Uint8Array}
 */
function pageHash(page) {
  return sha256(concat(Uint8Array.of(2), page));
}

/**
 * @param {Uint8Array} children
 * @returns {Uint8Array}
 */
function branchHash(children) {
  return sha256(concat(Uint8Array.of(3), children));
}

/**
 * @param {Uint8Array} keyHash
 * @param {number} depth
 * @returns {number} the child, 0 to 15, that a key's way takes
 */
function nibble(keyHash, depth) {
  return depth % 2 ? keyHash[depth >> 1] & 15 : keyHash[depth >> 1] >> 4;
}

/**
 * @param {Uint8Array} root
 * @param {StateProof} proof
 */
function checkSizes(root, { branches, page }) {
  if (root.length !== HASH_BYTES) throw new Invalid("PROOF_INVALID", { reason: "root length", bytes: root.length });
  if (branches.length > BRANCHES_MAX) {
    throw new Invalid("PROOF_INVALID", { reason: "too many branches", branches: branches.length });
  }
  branches.forEach((branch, depth) => {
    if (branch.length !== BRANCH_BYTES) {
      throw new Invalid("PROOF_INVALID", { reason: "branch length", depth, bytes: branch.length });
    }
  });
  if (page.length > PAGE_ENTRIES_MAX * ENTRY_BYTES || page.length % ENTRY_BYTES) {
    throw new Invalid("PROOF_INVALID", { reason: "page length", bytes: page.length });
  }
}

/**
 * The value hash that a page has for a key; refuses entries out of order or of keys that lead elsewhere.
 * @param {Uint8Array} page
 * @param {Uint8Array} keyHash
 * @param {number} depth
 * @returns {Uint8Array | null}
 */
function valueHashIn(page, keyHash, depth) {
  const way = toHex(keyHash).slice(0, depth);
  /** @type {Uint8Array | null} */
  let valueHash = null;
  let previous = new Uint8Array();
  for (let start = 0; start < page.length; start += ENTRY_BYTES) {
    const entry = start / ENTRY_BYTES;
    const entryKey = page.slice(start, start + HASH_BYTES);
    if (compare(entryKey, previous) <= 0) throw new Invalid("PROOF_INVALID", { reason: "page order", entry });
    if (!toHex(entryKey).startsWith(way)) throw new Invalid("PROOF_INVALID", { reason: "stray entry", entry });
    if (same(entryKey, keyHash)) valueHash = page.slice(start + HASH_BYTES, start + ENTRY_BYTES);
    previous = entryKey;
  }
  return valueHash;
}
