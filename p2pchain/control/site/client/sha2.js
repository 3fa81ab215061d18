/**
 * SHA-256 and SHA-512 (FIPS 180-4), synchronous.
 *
 * WebCrypto hashes in promises, and a page that a node serves over plain HTTP to another machine has no
 * WebCrypto at all. A proof is a few hundred small hashes, and has to be checked there, too.
 *
 * The constants are the first bits of the fractional parts of square and cube roots of the first primes; those
 * of SHA-256 are the upper halves of those of SHA-512. So they are computed here, not typed.
 */

const PRIMES = primes(80);
const MASK_64 = (1n << 64n) - 1n;
const CUBES = PRIMES.map((prime) => root(BigInt(prime) << 192n, 3n) & MASK_64);
const SQUARES = PRIMES.slice(0, 8).map((prime) => root(BigInt(prime) << 128n, 2n) & MASK_64);
const K_256 = Int32Array.from(CUBES.slice(0, 64), (value) => Number(value >> 32n) | 0);
const H_256 = Int32Array.from(SQUARES, (value) => Number(value >> 32n) | 0);

/**
 * Hash with SHA-256.
 * @param {Uint8Array} data
 * @returns {Uint8Array} 32 bytes
 */
export function sha256(data) {
  const state = Int32Array.from(H_256);
  const words = new Int32Array(64);
  const blocks = Math.floor(data.length / 64);
  const whole = new DataView(data.buffer, data.byteOffset, data.length);
  for (let block = 0; block < blocks; block++) block256(state, words, whole, block * 64);
  const tail = padded(data, blocks * 64, 64);
  for (let at = 0; at < tail.byteLength; at += 64) block256(state, words, tail, at);
  const hash = new DataView(new ArrayBuffer(32));
  state.forEach((word, place) => hash.setInt32(4 * place, word));
  return new Uint8Array(hash.buffer);
}

/**
 * Hash with SHA-512.
 * @param {Uint8Array} data
 * @returns {Uint8Array} 64 bytes
 */
export function sha512(data) {
  const state = [...SQUARES];
  const blocks = Math.floor(data.length / 128);
  const whole = new DataView(data.buffer, data.byteOffset, data.length);
  for (let block = 0; block < blocks; block++) block512(state, whole, block * 128);
  const tail = padded(data, blocks * 128, 128);
  for (let at = 0; at < tail.byteLength; at += 128) block512(state, tail, at);
  const hash = new DataView(new ArrayBuffer(64));
  state.forEach((word, place) => hash.setBigUint64(8 * place, word));
  return new Uint8Array(hash.buffer);
}

/**
 * What follows the last whole block: the rest, one bit, zeros, and the length in bits (§5.1).
 * @param {Uint8Array} data
 * @param {number} start
 * @param {number} size bytes of a block
 * @returns {DataView}
 */
function padded(data, start, size) {
  const rest = data.subarray(start);
  const tail = new Uint8Array(rest.length + 1 + size / 8 > size ? 2 * size : size);
  tail.set(rest);
  tail[rest.length] = 0x80;
  const view = new DataView(tail.buffer);
  view.setBigUint64(tail.length - 8, 8n * BigInt(data.length));
  return view;
}

/**
 * One block of SHA-256 (§6.2.2).
 * @param {Int32Array} state
 * @param {Int32Array} words
 * @param {DataView} view
 * @param {number} start
 */
function block256(state, words, view, start) {
  for (let t = 0; t < 16; t++) words[t] = view.getInt32(start + 4 * t);
  for (let t = 16; t < 64; t++) {
    const x = words[t - 15];
    const y = words[t - 2];
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[t] = (words[t - 16] + low + words[t - 7] + high) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const high = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + high + ((e & f) ^ (~e & g)) + K_256[t] + words[t]) | 0;
    const low = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, place) => (state[place] += word));
}

/**
 * One block of SHA-512 (§6.4.2).
 * @param {bigint[]} state
 * @param {DataView} view
 * @param {number} start
 */
function block512(state, view, start) {
  const words = Array.from({ length: 16 }, (_, t) => view.getBigUint64(start + 8 * t));
  for (let t = 16; t < 80; t++) {
    const low = turned(words[t - 15], 1n) ^ turned(words[t - 15], 8n) ^ (words[t - 15] >> 7n);
    const high = turned(words[t - 2], 19n) ^ turned(words[t - 2], 61n) ^ (words[t - 2] >> 6n);
    words[t] = (words[t - 16] + low + words[t - 7] + high) & MASK_64;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 80; t++) {
    const high = turned(e, 14n) ^ turned(e, 18n) ^ turned(e, 41n);
    const one = h + high + ((e & f) ^ (~e & g & MASK_64)) + CUBES[t] + words[t];
    const two = (turned(a, 28n) ^ turned(a, 34n) ^ turned(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + one) & MASK_64;
    d = c;
    c = b;
    b = a;
    a = (one + two) & MASK_64;
  }
  [a, b, c, d, e, f, g, h].forEach((word, place) => (state[place] = (state[place] + word) & MASK_64));
}

/**
 * Rotate 64 bits to the right.
 * @param {bigint} word
 * @param {bigint} bits
 * @returns {bigint}
 */
function turned(word, bits) {
  return (word >> bits) | ((word << (64n - bits)) & MASK_64);
}

/**
 * The first primes.
 * @param {number} count
 * @returns {number[]}
 */
function primes(count) {
  /** @type {number[]} */
  const listed = [];
  for (let next = 2; listed.length < count; next++) {
    if (listed.every((prime) => next % prime)) listed.push(next);
  }
  return listed;
}

/**
 * The whole part of a root, by bisection.
 * @param {bigint} value
 * @param {bigint} degree
 * @returns {bigint}
 */
function root(value, degree) {
  let low = 0n;
  let high = 1n << 80n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= value) low = middle;
    else high = middle;
  }
  return low;
}
