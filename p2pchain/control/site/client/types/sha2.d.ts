/**
 * Hash with SHA-256.
 * @param {Uint8Array} data
 * @returns {Uint8Array} 32 bytes
 */
export function sha256(data: Uint8Array): Uint8Array;
/**
 * Hash with SHA-512.
 * @param {Uint8Array} data
 * @returns {Uint8Array} 64 bytes
 */
export function sha512(data: Uint8Array): Uint8Array;
