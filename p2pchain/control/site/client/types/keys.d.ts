/**
 * Bytes that nobody can foresee.
 * @param {number} count
 * @returns {Uint8Array}
 */
export function randomBytes(count: number): Uint8Array;
/** A secret Ed25519 key. Its seed cannot be read from it. */
export class SigningKey {
    /**
     * The key of a seed, 32 secret bytes.
     * @param {Uint8Array} seed
     * @returns {Promise<SigningKey>}
     */
    static fromSeed(seed: Uint8Array): Promise<SigningKey>;
    /**
     * A key that nobody had before. It lives as long as this object does, unless `secret` is kept (IndexedDB keeps it unread).
     * @returns {Promise<{ key: SigningKey, secret: CryptoKey }>}
     */
    static generate(): Promise<{
        key: SigningKey;
        secret: CryptoKey;
    }>;
    /**
     * The key in a file of `p2pchain key new` that has no passphrase. A sealed one is refused, `KEY_PASSPHRASE`: no platform
     * has scrypt for it.
     * @param {Uint8Array} data the bytes of the file
     * @returns {Promise<SigningKey>}
     */
    static fromKeyFile(data: Uint8Array): Promise<SigningKey>;
    /**
     * @param {CryptoKey} secret a private key that may sign
     * @param {Uint8Array} publicKey 32 bytes
     */
    constructor(secret: CryptoKey, publicKey: Uint8Array);
    publicKey: Uint8Array;
    /**
     * The signature of a message: 64 bytes, always the same for the same message (RFC 8032 §5.1.6).
     * @param {Uint8Array} message
     * @returns {Promise<Uint8Array>}
     */
    sign(message: Uint8Array): Promise<Uint8Array>;
    #private;
}
