/**
 * JSON that every reader takes for the same (RFC 7493), read strictly: no name twice in one object, no number with a
 * fraction or exponent. An integer that a `number` does not hold exactly is a `bigint`.
 */

import { Invalid } from "./fault.js";

/** @typedef {null | boolean | number | bigint | string | Array<any> | { [name: string]: Json }} Json */

const DEPTH_MAX = 64;
const INTEGER_DIGITS_MAX = 20;
const TOKEN = /[ \t\n\r]*(?:([[\]{}:,])|("(?:[^"\\\u0000-\u001f]|\\.)*")|(-?[0-9][-+.0-9eE]*)|(true|false|null))/y;
const INTEGER = /^-?(?:0|[1-9][0-9]*)$/;
const LITERALS = new Map([["true", true], ["false", false], ["null", null]]);

/**
 * Parse a text, or throw `Invalid("CODEC_JSON")`.
 * @param {Uint8Array} data UTF-8
 * @returns {Json}
 */
export function readJson(data) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw invalid("UTF-8");
  }
  const reader = new Reader(text);
  const value = reader.value(1);
  if (/[^ \t\n\r]/.test(text.slice(reader.at))) throw invalid("extra data");
  return value;
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** @returns {string} */
  token() {
    TOKEN.lastIndex = this.at;
    const match = TOKEN.exec(this.text);
    if (match === null) throw invalid("no value", this.at);
    this.at = TOKEN.lastIndex;
    return match[1] ?? match[2] ?? match[3] ?? match[4];
  }

  /**
   * @param {number} depth
   * @param {string} [token] that it begins with
   * @returns {Json}
   */
  value(depth, token = this.token()) {
    if (depth > DEPTH_MAX) throw invalid("nested too deeply", this.at);
    if (token === "[") return this.list(depth);
    if (token === "{") return this.object(depth);
    if (token.startsWith('"')) return string(token);
    const literal = LITERALS.get(token);
    if (literal !== undefined) return literal;
    if (!INTEGER.test(token)) throw invalid("not an integer", this.at);
    if (token.length > INTEGER_DIGITS_MAX) throw invalid("integer too long", this.at);
    const value = BigInt(token);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  /**
   * @param {number} depth
   * @returns {Json[]}
   */
  list(depth) {
    /** @type {Json[]} */
    const items = [];
    for (let token = this.token(); token !== "]" || items.length; token = this.token()) {
      items.push(this.value(depth + 1, token));
      if (this.separated("]")) break;
    }
    return items;
  }

  /**
   * @param {number} depth
   * @returns {{ [name: string]: Json }}
   */
  object(depth) {
    /** @type {Map<string, Json>} */
    const members = new Map();
    for (let token = this.token(); token !== "}" || members.size; token = this.token()) {
      if (!token.startsWith('"')) throw invalid("no name", this.at);
      const name = string(token);
      if (members.has(name)) throw invalid("name repeated", this.at);
      if (this.token() !== ":") throw invalid("no colon", this.at);
      members.set(name, this.value(depth + 1));
      if (this.separated("}")) break;
    }
    return Object.assign(Object.create(null), Object.fromEntries(members));
  }

  /**
   * @param {string} end
   * @returns {boolean} whether the end was read, not a comma
   */
  separated(end) {
    const token = this.token();
    if (token !== end && token !== ",") throw invalid("no comma", this.at);
    return token === end;
  }
}

/**
 * @param {string} token
 * @returns {string}
 */
function string(token) {
  try {
    return JSON.parse(token);
  } catch {
    throw invalid("escape");
  }
}

/**
 * @param {string} reason
 * @param {number} [offset] in characters
 * @returns {Invalid}
 */
function invalid(reason, offset) {
  return new Invalid("CODEC_JSON", offset === undefined ? { reason } : { reason, offset });
}
