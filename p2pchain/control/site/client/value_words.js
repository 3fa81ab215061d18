/**
 * Values as people read them, by the kinds that the declarations of the modules state (`catalogue.json`).
 *
 * What stands in a transaction may be anybody's nonsense: a value that its kind does not accept is shown as it is.
 */

import { toHex } from "./bytes.js";

/** @typedef {import("./cbor.js").Value} Value */
/** @typedef {{ kind: string, [detail: string]: any }} Kind as the catalogue has it */
/** @typedef {{ name: string, label: string, kind: Kind }} Field */
/** @typedef {Map<string, Value>} Beside values of all fields by name */
/** @typedef {Record<string, number>} Decimals of currencies */

const SIMPLE = /^[\p{L}\p{N}_.*-]+$/u;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
const OPTIONAL = /\[([^[\]]*)\]/g;
const FLAG = /\{([a-z0-9_]+)\?([^{}|]*)\|([^{}|]*)\}/g;
const PLACE = /\{([a-z0-9_]+)\}/g;
const DAY_MS = 86_400_000;
const DAY_MIN = -719_162;
const DAY_MAX = 2_932_896;
const MOMENT_MAX_MS = 253_402_300_799_999;

/**
 * Text of strangers as it may be shown: a space for whatever is not printable or turns the direction of writing.
 * @param {string} text
 * @returns {string}
 */
export function printable(text) {
  return text.replace(UNPRINTABLE, " ");
}

/**
 * A value as it is: bytes in hexadecimal, yes and no, a dash for nothing, text in quotes unless it is one plain word.
 * @param {Value | undefined} value
 * @returns {string}
 */
export function valueText(value) {
  if (value === null || value === undefined) return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === "string") return SIMPLE.test(value) ? value : JSON.stringify(printable(value));
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  return String(value);
}

/**
 * Fill the sentence of a declaration: `{name}` is the words of a field, `{name?this|that}` chooses by a flag, and what
 * `[...]` encloses is left out where a field in it is null.
 * @param {string} template
 * @param {Field[]} fields
 * @param {Value[]} values
 * @param {Decimals} decimals
 * @param {Beside} [around] further values that words may need
 * @returns {string}
 */
export function sentence(template, fields, values, decimals, around = new Map()) {
  const beside = new Map([...around, ...besideOf(fields, values)]);
  const words = new Map(fields.map(({ name, kind }) => [name, wordsOf(kind, beside.get(name), beside, decimals)]));
  const chosen = template.replace(FLAG, (_, flag, yes, no) => (beside.get(flag) === true ? yes : no));
  const whole = chosen.replace(OPTIONAL, (_, part) =>
    [...part.matchAll(PLACE)].some(([, name]) => (beside.get(name) ?? null) === null) ? "" : part,
  );
  return whole.replace(PLACE, (_, name) => words.get(name) ?? "");
}

/**
 * Values by the labels of their fields; a currency that the words of an amount say already is left out.
 * @param {Field[]} fields
 * @param {Value[]} values
 * @param {Decimals} decimals
 * @returns {Map<string, string>}
 */
export function namedWords(fields, values, decimals) {
  const beside = besideOf(fields, values);
  const said = saidCurrencies(fields, beside, decimals);
  const named = fields.filter(({ name }) => !said.has(name));
  return new Map(named.map(({ name, label, kind }) => [label, wordsOf(kind, beside.get(name), beside, decimals)]));
}

/**
 * A value for a person.
 * @param {Kind} kind
 * @param {Value | undefined} value
 * @param {Beside} beside
 * @param {Decimals} decimals
 * @returns {string}
 */
export function wordsOf(kind, value, beside, decimals) {
  if (value === null || value === undefined) return valueText(value);
  const number = whole(value);
  switch (kind.kind) {
    case "optional":
      return wordsOf(kind.inner, value, beside, decimals);
    case "amount": {
      const named = kind.currency.startsWith("=") ? kind.currency.slice(1) : beside.get(kind.currency);
      return amountWords(value, named, decimals) ?? (number === null ? valueText(value) : `${value} minor units`);
    }
    case "day":
      return dayWords(value) ?? valueText(value);
    case "moment":
      return momentWords(value) ?? valueText(value);
    case "share":
      return shareWords(number, BigInt(kind.low), BigInt(kind.high)) ?? valueText(value);
    case "integer":
      return kind.unit && number !== null ? `${value} ${kind.unit}` : valueText(value);
    case "policy":
      return policyWords(value) ?? valueText(value);
    case "array":
      if (!Array.isArray(value)) return valueText(value);
      return value.map((item) => wordsOf(kind.inner, item, beside, decimals)).join(", ") || valueText(null);
    case "row":
      if (!Array.isArray(value) || value.length !== kind.columns.length) return valueText(value);
      return rowWords(kind.columns, value, beside, decimals);
    case "depending": {
      const fits = kind.cases.find((/** @type {any} */ each) => each.word === beside.get(kind.on));
      return fits ? `${fits.before} ${wordsOf(fits.kind, value, beside, decimals)}`.trimStart() : valueText(value);
    }
    default:
      return valueText(value);
  }
}

/**
 * Write `1,000,000.00 CNY`; null where this is no amount.
 * @param {Value | undefined} minor
 * @param {Value | undefined} currency
 * @param {Decimals} decimals
 * @returns {string | null}
 */
export function amountWords(minor, currency, decimals) {
  const value = whole(minor);
  if (value === null || value < 0n || typeof currency !== "string" || !Object.hasOwn(decimals, currency)) return null;
  const places = decimals[currency];
  const digits = String(value).padStart(places + 1, "0");
  const units = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${units}${places ? `.${digits.slice(-places)}` : ""} ${currency}`;
}

/**
 * Write the day of a number, `2027-05-23`; null where this is no day that has a date.
 * @param {Value | undefined} number days since 1970-01-01
 * @returns {string | null}
 */
export function dayWords(number) {
  const value = whole(number);
  if (value === null || value < DAY_MIN || value > DAY_MAX) return null;
  return new Date(Number(value) * DAY_MS).toISOString().slice(0, 10);
}

/**
 * Write a moment in UTC, `2027-05-23 12:00:00`; null where this is no moment that has a date.
 * @param {Value | undefined} timeMs since 1970
 * @returns {string | null}
 */
export function momentWords(timeMs) {
  const value = whole(timeMs);
  if (value === null || value < 0n || value > MOMENT_MAX_MS) return null;
  return new Date(Number(value)).toISOString().slice(0, 19).replace("T", " ");
}

/**
 * @param {bigint | null} share
 * @param {bigint} low
 * @param {bigint} high the whole
 * @returns {string | null}
 */
function shareWords(share, low, high) {
  if (share === null || share < low || share > high) return null;
  const hundredths = (share * 10_000n) / high;
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")} %`;
}

/**
 * @param {Value} policy
 * @returns {string | null}
 */
function policyWords(policy) {
  if (!Array.isArray(policy) || policy.length !== 2 || whole(policy[0]) === null || !Array.isArray(policy[1])) return null;
  return `OutOf(${[policy[0], ...policy[1]].map(String).join(", ")})`;
}

/**
 * The values of a row; of a flag its name, with `no` before it where it is false.
 * @param {Field[]} columns
 * @param {Value[]} values
 * @param {Beside} beside
 * @param {Decimals} decimals
 * @returns {string}
 */
function rowWords(columns, values, beside, decimals) {
  const own = new Map([...beside, ...besideOf(columns, values)]);
  const said = saidCurrencies(columns, own, decimals);
  return columns
    .flatMap(({ name, label, kind }) => {
      const value = own.get(name);
      if (kind.kind === "flag" && typeof value === "boolean") return [value ? label : `no ${label}`];
      return said.has(name) ? [] : [wordsOf(kind, value, own, decimals)];
    })
    .join(" ");
}

/**
 * @param {Field[]} fields
 * @param {Beside} beside
 * @param {Decimals} decimals
 * @returns {Set<string>}
 */
function saidCurrencies(fields, beside, decimals) {
  /** @type {Map<string, boolean>} */
  const said = new Map();
  for (const { name, kind } of fields) {
    const plain = kind.kind === "optional" ? kind.inner : kind;
    const value = beside.get(name) ?? null;
    if (plain.kind !== "amount" || value === null) continue;
    const isSaid = amountWords(value, beside.get(plain.currency), decimals) !== null;
    said.set(plain.currency, (said.get(plain.currency) ?? true) && isSaid);
  }
  return new Set([...said].filter(([, isSaid]) => isSaid).map(([name]) => name));
}

/**
 * @param {Field[]} fields
 * @param {Value[]} values
 * @returns {Beside}
 */
function besideOf(fields, values) {
  return new Map(fields.map(({ name }, place) => [name, values[place]]));
}

/**
 * An integer, which JSON may hold as text; null for anything else.
 * @param {Value | undefined} value
 * @returns {bigint | null}
 */
function whole(value) {
  if (typeof value === "bigint" || Number.isInteger(value)) return BigInt(/** @type {number | bigint} */ (value));
  return typeof value === "string" && /^[0-9]+$/.test(value) ? BigInt(value) : null;
}
