/**
 * Deterministic CBOR (RFC 8949 §4.2.1): the only place that turns bytes into items and back.
 *
 * The protocol knows integers, byte strings, text, arrays, false, true and null in the shortest form, and nothing
 * else. An integer is a `number` up to 2^53 - 1 and a `bigint` beyond, so equal items are equal values. Each head is
 * checked as it is read, so what is decoded here has one encoding, which is the one that was read.
 */

import { concat, utf8 } from "./bytes.js";
import { Invalid } from "./fault.js";

/** @typedef {number | bigint | string | boolean | null | Uint8Array | any[]} Value what the wire may hold; an array of values */

export const INTEGER_MAX = 2n ** 63n - 1n;
export const DEPTH_MAX = 16;
export const ITEMS_MAX = 65_536;
const LITERALS = new Map([[20, false], [21, true], [22, null]]);
const ARGUMENT_BYTES = new Map([[24, 1], [25, 2], [26, 4], [27, 8]]);
const ARGUMENT_MIN = new Map([[1, 24n], [2, 256n], [4, 65_536n], [8, 2n ** 32n]]);
const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decode one item that fills `data`, or throw `Invalid` with a code `CODEC_...` and the offset.
 * @param {Uint8Array} data
 * @param {number} bytesMax
 * @param {number} [itemsMax]
 * @returns {Value}
 */
export function decode(data, bytesMax, itemsMax = ITEMS_MAX) {
  if (data.length > bytesMax) {
    throw new Invalid("CODEC_TOO_LARGE", { bytes: data.length, bytes_max: bytesMax });
  }
  const reader = new Reader(data, itemsMax);
  const item = reader.item(1);
  if (reader.at !== data.length) {
    throw new Invalid("CODEC_TRAILING", { offset: reader.at, bytes: data.length - reader.at });
  }
  return item;
}

/**
 * Encode an item; `Invalid` where the protocol has none such.
 * @param {Value} item
 * @returns {Uint8Array}
 */
export function encode(item) {
  /** @type {Uint8Array[]} */
  const parts = [];
  write(item, 1, parts);
  return concat(...parts);
}

/**
 * Name the type of an item in the words of the protocol.
 * @param {unknown} item
 * @returns {string}
 */
export function kindOf(item) {
  if (item === null) return "null";
  if (Array.isArray(item)) return "array";
  if (item instanceof Uint8Array) return "bytes";
  if (typeof item === "string") return "text";
  if (typeof item === "boolean") return "boolean";
  if (typeof item === "bigint" || Number.isInteger(item)) return "integer";
  return typeof item === "number" ? "float" : item === undefined ? "undefined" : "map";
}

class Reader {
  /**
   * @param {Uint8Array} data
   * @param {number} itemsMax
   */
  constructor(data, itemsMax) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.length);
    this.at = 0;
    this.items = 0;
    this.itemsMax = itemsMax;
  }

  /**
   * @param {number} depth that of the item itself
   * @returns {Value}
   */
  item(depth) {
    const start = this.at;
    const { major, short, argument } = this.head();
    let item;
    switch (major) {
      case 0:
      case 1:
        if (argument + BigInt(major) > INTEGER_MAX) {
          throw new Invalid("CODEC_INTEGER", { offset: start, integer_max: INTEGER_MAX });
        }
        item = plain(major === 0 ? argument : -1n - argument);
        break;
      case 2:
      case 3:
        item = this.string(start, major === 3, argument);
        break;
      case 4:
        item = this.array(start, depth, argument);
        break;
      default:
        item = this.literal(start, major, short, argument);
    }
    return item;
  }

  /** @returns {{ major: number, short: number, argument: bigint }} */
  head() {
    const start = this.at;
    if (start >= this.data.length) throw truncated(start, 1n);
    const major = this.data[start] >> 5;
    const short = this.data[start] & 31;
    this.at = start + 1;
    let argument = BigInt(short);
    if (short > 23) {
      const size = ARGUMENT_BYTES.get(short);
      if (size === undefined) throw noHead(start, major, short);
      if (this.at + size > this.data.length) throw truncated(start, BigInt(this.at + size - this.data.length));
      argument = this.number(size);
      if (major !== 7 && argument < /** @type {bigint} */ (ARGUMENT_MIN.get(size))) {
        throw new Invalid("CODEC_NOT_CANONICAL", { reason: "longer than needed", offset: start });
      }
    }
    this.items += 1;
    if (this.items > this.itemsMax) {
      throw new Invalid("CODEC_TOO_MANY_ITEMS", { offset: start, items_max: this.itemsMax });
    }
    return { major, short, argument };
  }

  /**
   * @param {number} size 1, 2, 4 or 8 bytes
   * @returns {bigint}
   */
  number(size) {
    let value = 0n;
    for (const end = this.at + size; this.at < end; this.at++) value = (value << 8n) | BigInt(this.data[this.at]);
    return value;
  }

  /**
   * @param {number} start
   * @param {boolean} isText
   * @param {bigint} size
   * @returns {string | Uint8Array}
   */
  string(start, isText, size) {
    const left = BigInt(this.data.length - this.at);
    if (size > left) throw truncated(start, size - left);
    const part = this.data.slice(this.at, this.at + Number(size));
    this.at += part.length;
    if (!isText) return part;
    try {
      return TEXT.decode(part);
    } catch {
      throw new Invalid("CODEC_MALFORMED", { reason: "UTF-8", offset: start });
    }
  }

  /**
   * @param {number} start
   * @param {number} depth
   * @param {bigint} size
   * @returns {Value[]}
   */
  array(start, depth, size) {
    if (depth > DEPTH_MAX) throw new Invalid("CODEC_TOO_DEEP", { offset: start, depth_max: DEPTH_MAX });
    const left = BigInt(this.data.length - this.at);
    if (size > left) throw truncated(start, size - left);
    /** @type {Value[]} */
    const items = [];
    for (let place = 0; place < Number(size); place++) items.push(this.item(depth + 1));
    return items;
  }

  /**
   * @param {number} start
   * @param {number} major
   * @param {number} short
   * @param {bigint} argument
   * @returns {boolean | null}
   */
  literal(start, major, short, argument) {
    const literal = major === 7 ? LITERALS.get(short) : undefined;
    if (literal !== undefined) return literal;
    let what = argument === 23n ? "undefined" : "simple value";
    if (major === 5) what = "map";
    else if (major === 6) what = "tag";
    else if (short > 24) what = "float";
    throw new Invalid("CODEC_FORBIDDEN", { what, offset: start });
  }
}

/**
 * @param {Value} item
 * @param {number} depth
 * @param {Uint8Array[]} parts
 */
function write(item, depth, parts) {
  const kind = kindOf(item);
  if (kind === "array") {
    const items = /** @type {Value[]} */ (item);
    if (depth > DEPTH_MAX) throw new Invalid("CODEC_TOO_DEEP", { field: "value", depth_max: DEPTH_MAX });
    parts.push(head(4, BigInt(items.length)));
    for (const part of items) write(part, depth + 1, parts);
  } else if (kind === "bytes") {
    const data = /** @type {Uint8Array} */ (item);
    parts.push(head(2, BigInt(data.length)), data);
  } else if (kind === "text") {
    const text = /** @type {string} */ (item);
    if (!isUnicode(text)) throw new Invalid("CODEC_TEXT", { field: "value", reason: "not Unicode" });
    const data = utf8(text);
    parts.push(head(3, BigInt(data.length)), data);
  } else if (kind === "integer") {
    parts.push(integer(/** @type {number | bigint} */ (item)));
  } else if (kind === "boolean" || kind === "null") {
    parts.push(Uint8Array.of(item === null ? 0xf6 : item ? 0xf5 : 0xf4));
  } else {
    throw new Invalid("CODEC_FORBIDDEN", { field: "value", what: kind });
  }
}

/**
 * @param {number | bigint} item
 * @returns {Uint8Array}
 */
function integer(item) {
  if (typeof item === "number" && !Number.isSafeInteger(item)) {
    const hint = "give integers beyond 2^53 as bigint: a number does not hold them exactly";
    throw new Invalid("CODEC_INTEGER", { field: "value", integer_max: INTEGER_MAX }, hint);
  }
  const value = BigInt(item);
  if (value > INTEGER_MAX || value < -INTEGER_MAX) {
    throw new Invalid("CODEC_INTEGER", { field: "value", integer_max: INTEGER_MAX });
  }
  return value < 0n ? head(1, -1n - value) : head(0, value);
}

/**
 * @param {number} major
 * @param {bigint} argument
 * @returns {Uint8Array}
 */
function head(major, argument) {
  if (argument < 24n) return Uint8Array.of((major << 5) | Number(argument));
  let size = 1;
  while (argument >> BigInt(8 * size)) size *= 2;
  const data = new Uint8Array(1 + size);
  data[0] = (major << 5) | (23 + Math.log2(2 * size));
  for (let at = size; at > 0; at--, argument >>= 8n) data[at] = Number(argument & 255n);
  return data;
}

/**
 * @param {bigint} value
 * @returns {number | bigint} a number where it holds the value exactly
 */
function plain(value) {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

/**
 * Decide whether text has no lone surrogate.
 * @param {string} text
 * @returns {boolean}
 */
export function isUnicode(text) {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/**
 * @param {number} start
 * @param {number} major
 * @param {number} short
 * @returns {Invalid}
 */
function noHead(start, major, short) {
  if (short === 31 && major >= 2 && major <= 5) {
    return new Invalid("CODEC_NOT_CANONICAL", { reason: "indefinite length", offset: start });
  }
  return new Invalid("CODEC_MALFORMED", { reason: "reserved head", offset: start });
}

/**
 * @param {number} start
 * @param {bigint} missing bytes
 * @returns {Invalid}
 */
function truncated(start, missing) {
  return new Invalid("CODEC_MALFORMED", { reason: "truncated", offset: start, missing_bytes: missing });
}
