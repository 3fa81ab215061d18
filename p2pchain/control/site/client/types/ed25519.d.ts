/**
 * Accept a signature by ZIP-215, or throw `Invalid("SIG_INVALID")`; about 2 ms.
 * @param {Uint8Array} publicKey 32 bytes
 * @param {Uint8Array} signature 64 bytes
 * @param {Uint8Array} message
 * @returns {void}
 */
export function verifySignature(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): void;
/** @typedef {{ x: bigint, y: bigint, z: bigint, t: bigint }} Point a point in extended coordinates */
export const KEY_BYTES: 32;
export const SIGNATURE_BYTES: 64;
/**
 * a point in extended coordinates
 */
export type Point = {
    x: bigint;
    y: bigint;
    z: bigint;
    t: bigint;
};
