/** Operations, events, refusals and records of the state in the words of the modules' declarations. */

import { fromHex, toHex, utf8 } from "./bytes.js";
import { namedWords, sentence, valueText } from "./value_words.js";

/** @typedef {import("./cbor.js").Value} Value */
/** @typedef {import("./value_words.js").Field} Field */

/**
 * @typedef {object} RecordType
 * @property {string} name
 * @property {string} prefix in hexadecimal
 * @property {Field[]} key
 * @property {Field[]} fields
 * @property {string} sentence
 * @property {boolean} isTable
 * @property {string} countedBy
 * @property {string} absence
 */

/** @typedef {{ name: string, fields: Field[] }} ActionType */
/** @typedef {{ name: string, fields: Field[], sentence: string }} EventType */
/** @typedef {{ name: string, version: number, actions: ActionType[], events: EventType[], records: RecordType[] }} Module */

/**
 * @typedef {object} Catalogue what a node serves as `catalogue.json`, made of the declarations of its modules
 * @property {Module[]} modules all versions, ascending
 * @property {Record<string, string>} refusals words by code
 * @property {Record<string, number>} decimals of currencies
 */

/** @typedef {{ module: Module, type: RecordType, inKey: Value[] }} Found */

/** The catalogue without anything: values are shown as they stand on the wire. @type {Catalogue} */
export const NO_WORDS = { modules: [], refusals: {}, decimals: {} };

/** The words of a catalogue; of several versions of a module the newest that fits is taken. */
export class Words {
  /** @param {Catalogue} catalogue */
  constructor({ modules, refusals, decimals }) {
    this.modules = modules;
    this.refusals = refusals;
    this.decimals = decimals;
  }

  /**
   * An operation for a person.
   * @param {import("./transaction.js").Operation} operation
   * @returns {string}
   */
  operation({ module, action, args }) {
    const known = this.#newest(module, (each) => each.actions, action, args.length);
    if (!known) return `${valueText(module)} ${valueText(action)} ${args.map(valueText).join(", ") || "-"}`;
    const words = [...namedWords(known.fields, args, this.decimals)].map(([label, value]) => `${label}=${value}`);
    return `${module} ${action} ${words.join(", ")}`.trimEnd();
  }

  /**
   * An event for a person.
   * @param {import("./transaction.js").Event} event
   * @returns {string}
   */
  event({ module, name, fields }) {
    const known = this.#newest(module, (each) => each.events, name, fields.length);
    if (!known) return fields.map(valueText).join(", ") || "-";
    return sentence(known.sentence, known.fields, fields, this.decimals);
  }

  /**
   * The words of a refusal's code; those of the code itself where there are none.
   * @param {string} code
   * @returns {string}
   */
  refusal(code) {
    return Object.hasOwn(this.refusals, code) ? this.refusals[code] : code.toLowerCase().replaceAll("_", " ");
  }

  /**
   * What proven records say, by their key in hexadecimal; null for one that is absent. A record that no declaration fits
   * has no lines. A table on pages is said where its first page stands.
   * @param {[Uint8Array, Value[] | null][]} proven
   * @returns {Map<string, string[]>}
   */
  records(proven) {
    /** @type {Map<string, string[]>} */
    const lines = new Map();
    for (const [key, values] of proven) {
      const words = values === null ? this.#absence(key) : null;
      if (words) lines.set(toHex(key), [words]);
    }
    const present = proven.flatMap(([key, values]) => (values === null ? [] : [{ key, values, found: this.#record(key) }]));
    for (const { key, values, found } of present) {
      if (!found || lines.has(toHex(key))) continue;
      const { type, inKey } = found;
      if (type.isTable) this.#table(lines, present, found);
      else if (values.length === type.fields.length) {
        const fields = [...type.key, ...type.fields];
        lines.set(toHex(key), [sentence(type.sentence, fields, [...inKey, ...values], this.decimals)]);
      }
    }
    return lines;
  }

  /**
   * @template {{ name: string, fields: Field[] }} T
   * @param {string} module
   * @param {(module: Module) => T[]} list
   * @param {string} name
   * @param {number} count
   * @returns {T | undefined}
   */
  #newest(module, list, name, count) {
    const known = this.modules.filter((each) => each.name === module).flatMap(list);
    return known.filter((each) => each.name === name && each.fields.length === count).at(-1);
  }

  /**
   * The type of the record under a whole key, with the values in the key.
   * @param {Uint8Array} key
   * @returns {Found | null}
   */
  #record(key) {
    for (const module of new Map(this.modules.map((each) => [each.name, each])).values()) {
      const rest = after(key, utf8(`${module.name}/`));
      if (!rest) continue;
      const longestFirst = [...module.records].sort((one, other) => other.prefix.length - one.prefix.length);
      for (const type of longestFirst) {
        const inKey = keyValues(type, rest);
        if (inKey) return { module, type, inKey };
      }
    }
    return null;
  }

  /**
   * @param {Uint8Array} key
   * @returns {string}
   */
  #absence(key) {
    const found = this.#record(key);
    return found?.type.absence ? sentence(found.type.absence, found.type.key, found.inKey, this.decimals) : "";
  }

  /**
   * @param {Map<string, string[]>} lines
   * @param {{ key: Uint8Array, values: Value[], found: Found | null }[]} present
   * @param {Found} about
   */
  #table(lines, present, { module, type, inKey }) {
    const isBeside = (/** @type {Found | null} */ found) => valueText(found?.inKey[0]) === valueText(inKey[0]);
    const pages = present.filter(({ found }) => found?.type === type && isBeside(found));
    pages.sort((one, other) => (toHex(one.key) < toHex(other.key) ? -1 : 1));
    const [of, counting] = type.countedBy.split(".");
    const counter = present.find(({ found, values }) =>
      found?.module === module && found.type.name === of && isBeside(found) && values.length === found.type.fields.length,
    );
    const own = new Set([...type.key, ...type.fields].map(({ name }) => name));
    const counted = counter ? /** @type {Found} */ (counter.found).type.fields.map(({ name }, at) => [name, counter.values[at]]) : [];
    const around = new Map(/** @type {[string, Value][]} */ (counted.filter(([name]) => !own.has(String(name)))));
    const count = new Map(/** @type {[string, Value][]} */ (counted)).get(counting);
    const said = pages.flatMap(({ values, found }) =>
      values
        .map((row) => (Array.isArray(row) ? row : [row]))
        .filter((row) => row.length === type.fields.length)
        .map((row) => [.../** @type {Found} */ (found).inKey, ...row])
        .map((row) => `  ${sentence(type.sentence, [...type.key, ...type.fields], row, this.decimals, around)}`),
    );
    if (typeof count === "number" || typeof count === "bigint") {
      const part = count === said.length ? "complete" : `${said.length} of ${count} rows`;
      said.unshift(`${type.name} of ${valueText(inKey[0])}, ${part}:`);
    }
    pages.forEach(({ key }, place) => lines.set(toHex(key), place === 0 ? said : []));
  }
}

/**
 * What follows a prefix; null where it does not stand there.
 * @param {Uint8Array} data
 * @param {Uint8Array} prefix
 * @returns {Uint8Array | null}
 */
function after(data, prefix) {
  return prefix.every((octet, place) => data[place] === octet) ? data.subarray(prefix.length) : null;
}

/**
 * @param {RecordType} type
 * @param {Uint8Array} key behind the module's name
 * @returns {Value[] | null}
 */
function keyValues(type, key) {
  let rest = after(key, fromHex(type.prefix));
  /** @type {Value[]} */
  const values = [];
  for (const [place, { kind }] of type.key.entries()) {
    const read = rest && keyValue(kind.kind === "optional" ? kind.inner : kind, rest, place === type.key.length - 1);
    if (!read) return null;
    values.push(read[0]);
    rest = read[1];
  }
  return rest?.length === 0 ? values : null;
}

/**
 * One value of a key and what follows it; texts are closed by `/` unless they end the key.
 * @param {import("./value_words.js").Kind} kind
 * @param {Uint8Array} rest
 * @param {boolean} isLast
 * @returns {[Value, Uint8Array] | null}
 */
function keyValue(kind, rest, isLast) {
  const size = kind.keyBytes;
  if (typeof size === "number") {
    if (rest.length < size) return null;
    const part = rest.subarray(0, size);
    const tail = rest.subarray(size);
    const value = kind.kind === "octets" ? part : integer(part);
    return [value, isLast ? tail : after(tail, utf8("/")) ?? tail];
  }
  if (kind.kind !== "text") return null;
  const end = isLast ? -1 : rest.indexOf(0x2f);
  const head = end < 0 ? rest : rest.subarray(0, end);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head);
    return text ? [text, end < 0 ? new Uint8Array() : rest.subarray(end + 1)] : null;
  } catch {
    return null;
  }
}

/**
 * @param {Uint8Array} data big-endian
 * @returns {number | bigint}
 */
function integer(data) {
  const value = BigInt(`0x${toHex(data)}`);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
