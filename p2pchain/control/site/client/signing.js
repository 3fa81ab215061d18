/** From operations to a signed transaction. */

import { NONCE_BYTES } from "./fields.js";
import { randomBytes } from "./keys.js";
import { assembleTransaction, encodeBody, transactionSignBytes } from "./transaction.js";

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
export async function buildTransaction(draft) {
  const { chainId, operations, signers, validUntil = null, validUntilMs = null } = draft;
  const nonce = draft.nonce ?? randomBytes(NONCE_BYTES);
  const keys = signers.map(({ publicKey }) => publicKey);
  const bodyBytes = encodeBody({ chainId, nonce, validUntil, validUntilMs, signers: keys, operations });
  const statement = transactionSignBytes(chainId, bodyBytes);
  const signatures = await Promise.all(signers.map((signer) => signer.sign(statement)));
  return assembleTransaction(bodyBytes, signatures);
}
