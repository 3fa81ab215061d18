/**
 * Accept that `key` has `value` (null: none) under `root`, or throw `Invalid("PROOF_INVALID")`.
 * @param {Uint8Array} root the state root of a header that is believed
 * @param {Uint8Array} key
 * @param {Uint8Array | null} value
 * @param {StateProof} proof
 * @returns {void}
 */
export function verifyStateProof(root: Uint8Array, key: Uint8Array, value: Uint8Array | null, proof: StateProof): void;
/**
 * Read `[[branch, ...], page]`; `Invalid("PROOF_INVALID")` for another shape.
 * @param {import("./cbor.js").Value} item
 * @returns {StateProof}
 */
export function readStateProof(item: import("./cbor.js").Value): StateProof;
/**
 * The state root of a set of pairs, by the definition.
 * @param {[Uint8Array, Uint8Array][]} pairs keys and values, each key once
 * @returns {Uint8Array}
 */
export function stateRoot(pairs: [Uint8Array, Uint8Array][]): Uint8Array;
/**
 * the way of a key: branches from the root down, then the page where it ends
 */
export type StateProof = {
    /**
     * each the 16 hashes of its children
     */
    branches: Uint8Array[];
    /**
     * key hash and value hash of each entry
     */
    page: Uint8Array;
};
