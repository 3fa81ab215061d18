/**
 * The one rule by which a signature of the chain is accepted: ZIP-215.
 *
 * RFC 8032 leaves open what a verifier does with points of small order and with encodings that are not
 * canonical, and WebCrypto differs there from browser to browser. The rule is part of the consensus, so it is
 * computed here, the same everywhere: any encoding of a point on the curve may stand for `A` and `R`, `S` is
 * below the order, and `[8][S]B = [8]R + [8][k]A`. Nothing secret is in a verification, so it need not take the same
 * time for every input; signing, which does, is left to WebCrypto (`keys.js`).
 */

import { concat, toHex } from "./bytes.js";
import { Invalid } from "./fault.js";
import { sha256, sha512 } from "./sha2.js";

/** @typedef {{ x: bigint, y: bigint, z: bigint, t: bigint }} Point a point in extended coordinates */

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
const P = (1n << 255n) - 19n;
const L = (1n << 252n) + 27742317777372353535851937790883648493n;
const D = mod(-121665n * power(121666n, P - 2n));
const D2 = mod(2n * D);
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);
const WINDOW = 4;
/** @type {Point} */
const NEUTRAL = { x: 0n, y: 1n, z: 1n, t: 0n };
const BASE_ENCODED = new Uint8Array(32).fill(0x66);
BASE_ENCODED[0] = 0x58;
const BASE_MULTIPLES = multiples(/** @type {Point} */ (decompress(BASE_ENCODED)));

/**
 * Accept a signature by ZIP-215, or throw `Invalid("SIG_INVALID")`; about 2 ms.
 * @param {Uint8Array} publicKey 32 bytes
 * @param {Uint8Array} signature 64 bytes
 * @param {Uint8Array} message
 * @returns {void}
 */
export function verifySignature(publicKey, signature, message) {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) {
    const lengths = { key_bytes: publicKey.length, signature_bytes: signature.length };
    throw new Invalid("SIG_INVALID", { reason: "length", ...lengths });
  }
  if (!holds(publicKey, signature, message)) {
    const facts = { public_key: toHex(publicKey), message_sha256: toHex(sha256(message)) };
    throw new Invalid("SIG_INVALID", { reason: "mismatch", ...facts });
  }
}

/**
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} signature
 * @param {Uint8Array} message
 * @returns {boolean}
 */
function holds(publicKey, signature, message) {
  const s = number(signature.subarray(32));
  const a = decompress(publicKey);
  const r = decompress(signature.subarray(0, 32));
  if (s >= L || a === null || r === null) return false;
  const k = number(sha512(concat(signature.subarray(0, 32), publicKey, message))) % L;
  let rest = add(combined(s, k, negated(a)), negated(r));
  for (let cofactor = 8; cofactor > 1; cofactor /= 2) rest = double(rest);
  return rest.x === 0n && rest.y === rest.z;
}

/**
 * `[s]B + [k]point`, both at once from the highest digits down (Straus).
 * @param {bigint} s
 * @param {bigint} k
 * @param {Point} point
 * @returns {Point}
 */
function combined(s, k, point) {
  const table = multiples(point);
  const digits = [s, k].map((scalar) => scalar.toString(16).padStart(64, "0"));
  let sum = NEUTRAL;
  for (let place = 0; place < 64; place++) {
    for (let bit = 0; bit < WINDOW; bit++) sum = double(sum);
    sum = add(sum, BASE_MULTIPLES[parseInt(digits[0][place], 16)]);
    sum = add(sum, table[parseInt(digits[1][place], 16)]);
  }
  return sum;
}

/**
 * A point 0 to 15 times.
 * @param {Point} point
 * @returns {Point[]}
 */
function multiples(point) {
  const table = [NEUTRAL];
  for (let count = 1; count < 1 << WINDOW; count++) table.push(add(table[count - 1], point));
  return table;
}

/**
 * The point of an encoding, canonical or not; null where no point of the curve has this `y`.
 * @param {Uint8Array} encoded
 * @returns {Point | null}
 */
function decompress(encoded) {
  const whole = number(encoded);
  const isOdd = whole >> 255n;
  const y = mod(whole & ((1n << 255n) - 1n));
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(mod(u * power(v, 7n)), (P - 5n) / 8n));
  const square = mod(v * x * x);
  if (square !== u) {
    if (square !== mod(-u)) return null;
    x = mod(x * ROOT_OF_MINUS_ONE);
  }
  if ((x & 1n) !== isOdd) x = mod(-x);
  return { x, y, z: 1n, t: mod(x * y) };
}

/**
 * Add two points, any two (RFC 8032 §5.1.4).
 * @param {Point} one
 * @param {Point} other
 * @returns {Point}
 */
function add(one, other) {
  const a = (one.y - one.x) * (other.y - other.x);
  const b = (one.y + one.x) * (other.y + other.x);
  const c = mod(one.t * D2) * other.t;
  const d = 2n * one.z * other.z;
  return joined(mod(b - a), mod(d - c), mod(d + c), mod(b + a));
}

/**
 * Double a point.
 * @param {Point} point
 * @returns {Point}
 */
function double(point) {
  const a = point.x * point.x;
  const b = point.y * point.y;
  const h = a + b;
  const sum = point.x + point.y;
  const g = a - b;
  return joined(mod(h - sum * sum), mod(2n * point.z * point.z + g), mod(g), mod(h));
}

/**
 * @param {bigint} e
 * @param {bigint} f
 * @param {bigint} g
 * @param {bigint} h
 * @returns {Point}
 */
function joined(e, f, g, h) {
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) };
}

/**
 * @param {Point} point
 * @returns {Point}
 */
function negated(point) {
  return { ...point, x: mod(-point.x), t: mod(-point.t) };
}

/**
 * @param {bigint} base
 * @param {bigint} exponent
 * @returns {bigint}
 */
function power(base, exponent) {
  let result = 1n;
  for (let square = mod(base), rest = exponent; rest > 0n; rest >>= 1n, square = mod(square * square)) {
    if (rest & 1n) result = mod(result * square);
  }
  return result;
}

/**
 * @param {bigint} value
 * @returns {bigint} from 0 to P - 1
 */
function mod(value) {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

/**
 * The number of little-endian bytes.
 * @param {Uint8Array} data
 * @returns {bigint}
 */
function number(data) {
  return BigInt(`0x${toHex(Uint8Array.from(data).reverse())}`);
}
