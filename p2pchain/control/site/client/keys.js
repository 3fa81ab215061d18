/**
 * Keys of accounts. Signing is WebCrypto's: it takes the same time whatever the secret is, and keeps a key that nobody can
 * read out again. In a browser that needs a secure context: HTTPS, localhost, or a file.
 */

import { concat, fromHex, toHex } from "./bytes.js";
import { KEY_BYTES } from "./ed25519.js";
import { Invalid, Refused } from "./fault.js";
import { readJson } from "./strict_json.js";

const ALGORITHM = { name: "Ed25519" };
const KEY_FILE_BYTES_MAX = 16_384;
/** What stands before the seed in a private key of PKCS #8 (RFC 8410 §7). */
const PKCS8_HEAD = fromHex("302e020100300506032b657004220420");

/** A secret Ed25519 key. Its seed cannot be read from it. */
export class SigningKey {
  #secret;

  /**
   * @param {CryptoKey} secret a private key that may sign
   * @param {Uint8Array} publicKey 32 bytes
   */
  constructor(secret, publicKey) {
    this.#secret = secret;
    this.publicKey = publicKey;
  }

  /**
   * The key of a seed, 32 secret bytes.
   * @param {Uint8Array} seed
   * @returns {Promise<SigningKey>}
   */
  static async fromSeed(seed) {
    if (seed.length !== KEY_BYTES) throw new Invalid("CODEC_LENGTH", { field: "seed", found: seed.length, expected: KEY_BYTES });
    const wrapped = concat(PKCS8_HEAD, seed);
    const readable = await crypto().importKey("pkcs8", wrapped, ALGORITHM, true, ["sign"]);
    const { x } = await crypto().exportKey("jwk", readable);
    const secret = await crypto().importKey("pkcs8", wrapped, ALGORITHM, false, ["sign"]);
    return new SigningKey(secret, fromBase64Url(String(x)));
  }

  /**
   * A key that nobody had before. It lives as long as this object does, unless `secret` is kept (IndexedDB keeps it unread).
   * @returns {Promise<{ key: SigningKey, secret: CryptoKey }>}
   */
  static async generate() {
    const pair = /** @type {CryptoKeyPair} */ (await crypto().generateKey(ALGORITHM, false, ["sign", "verify"]));
    const publicKey = new Uint8Array(await crypto().exportKey("raw", pair.publicKey));
    return { key: new SigningKey(pair.privateKey, publicKey), secret: pair.privateKey };
  }

  /**
   * The key in a file of `p2pchain key new` that has no passphrase. A sealed one is refused, `KEY_PASSPHRASE`: no platform
   * has scrypt for it.
   * @param {Uint8Array} data the bytes of the file
   * @returns {Promise<SigningKey>}
   */
  static async fromKeyFile(data) {
    if (data.length > KEY_FILE_BYTES_MAX) throw new Refused("KEY_DAMAGED", { field: "file" });
    const file = readJson(data);
    if (file === null || typeof file !== "object" || Array.isArray(file)) throw new Refused("KEY_DAMAGED", { field: "file" });
    if (file.format !== "p2pchain/key" || file.version !== 1) throw new Refused("KEY_DAMAGED", { field: "format" });
    if (file.kind !== "account") throw new Refused("KEY_KIND", { kind: String(file.kind) }, "give the key of an account");
    if (file.protection !== "none") {
      throw new Refused("KEY_PASSPHRASE", {}, "it is sealed: sign with the command line, or use a key without a passphrase");
    }
    if (typeof file.seed !== "string") throw new Refused("KEY_DAMAGED", { field: "seed" });
    const key = await SigningKey.fromSeed(fromHex(file.seed));
    if (toHex(key.publicKey) !== file.public_key) throw new Refused("KEY_DAMAGED", { field: "public_key" });
    return key;
  }

  /**
   * The signature of a message: 64 bytes, always the same for the same message (RFC 8032 §5.1.6).
   * @param {Uint8Array} message
   * @returns {Promise<Uint8Array>}
   */
  async sign(message) {
    return new Uint8Array(await crypto().sign(ALGORITHM, this.#secret, message));
  }
}

/**
 * Bytes that nobody can foresee.
 * @param {number} count
 * @returns {Uint8Array}
 */
export function randomBytes(count) {
  return globalThis.crypto.getRandomValues(new Uint8Array(count));
}

/** @returns {SubtleCrypto} */
function crypto() {
  const subtle = globalThis.crypto?.subtle;
  if (subtle) return subtle;
  throw new Refused("KEY_PLATFORM", {}, "signing needs a secure context: HTTPS, localhost, or a file");
}

/**
 * @param {string} text
 * @returns {Uint8Array}
 */
function fromBase64Url(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
