/** @typedef {{ publicKey: Uint8Array, sign: (message: Uint8Array) => Promise<Uint8Array> }} Signer */
/**
 * @typedef {object} Draft what a transaction is made of
 * @property {string} chainId
 * @property {import("./transaction.js").Operation[]} operations they apply together, or none does
 * @property {Signer[]} signers
 * @property {number | bigint | null} [validUntil] the last height that may hold it
 * @property {number | bigint | null} [validUntilMs] or the last time of a block that may, since 1970
 * @property {Uint8Array} [nonce] 8 bytes that the first signer has not used lately; random without it
 */
/**
 * Build a transaction and let all its signers sign it; `Invalid` for what the format cannot hold.
 * @param {Draft} draft
 * @returns {Promise<import("./transaction.js").Transaction>}
 */
export function buildTransaction(draft: Draft): Promise<import("./transaction.js").Transaction>;
export type Signer = {
    publicKey: Uint8Array;
    sign: (message: Uint8Array) => Promise<Uint8Array>;
};
/**
 * what a transaction is made of
 */
export type Draft = {
    chainId: string;
    /**
     * they apply together, or none does
     */
    operations: import("./transaction.js").Operation[];
    signers: Signer[];
    /**
     * the last height that may hold it
     */
    validUntil?: number | bigint | null | undefined;
    /**
     * or the last time of a block that may, since 1970
     */
    validUntilMs?: number | bigint | null | undefined;
    /**
     * 8 bytes that the first signer has not used lately; random without it
     */
    nonce?: Uint8Array | undefined;
};
