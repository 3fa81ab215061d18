/**
 * Text of strangers as it may be shown: a space for whatever is not printable or turns the direction of writing.
 * @param {string} text
 * @returns {string}
 */
export function printable(text: string): string;
/**
 * A value as it is: bytes in hexadecimal, yes and no, a dash for nothing, text in quotes unless it is one plain word.
 * @param {Value | undefined} value
 * @returns {string}
 */
export function valueText(value: Value | undefined): string;
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
export function sentence(template: string, fields: Field[], values: Value[], decimals: Decimals, around?: Beside | undefined): string;
/**
 * Values by the labels of their fields; a currency that the words of an amount say already is left out.
 * @param {Field[]} fields
 * @param {Value[]} values
 * @param {Decimals} decimals
 * @returns {Map<string, string>}
 */
export function namedWords(fields: Field[], values: Value[], decimals: Decimals): Map<string, string>;
/**
 * A value for a person.
 * @param {Kind} kind
 * @param {Value | undefined} value
 * @param {Beside} beside
 * @param {Decimals} decimals
 * @returns {string}
 */
export function wordsOf(kind: Kind, value: Value | undefined, beside: Beside, decimals: Decimals): string;
/**
 * Write `1,000,000.00 CNY`; null where this is no amount.
 * @param {Value | undefined} minor
 * @param {Value | undefined} currency
 * @param {Decimals} decimals
 * @returns {string | null}
 */
export function amountWords(minor: Value | undefined, currency: Value | undefined, decimals: Decimals): string | null;
/**
 * Write the day of a number, `2027-05-23`; null where this is no day that has a date.
 * @param {Value | undefined} number days since 1970-01-01
 * @returns {string | null}
 */
export function dayWords(number: Value | undefined): string | null;
/**
 * Write a moment in UTC, `2027-05-23 12:00:00`; null where this is no moment that has a date.
 * @param {Value | undefined} timeMs since 1970
 * @returns {string | null}
 */
export function momentWords(timeMs: Value | undefined): string | null;
export type Value = import("./cbor.js").Value;
/**
 * as the catalogue has it
 */
export type Kind = {
    [detail: string]: any;
    kind: string;
};
export type Field = {
    name: string;
    label: string;
    kind: Kind;
};
/**
 * values of all fields by name
 */
export type Beside = Map<string, Value>;
/**
 * of currencies
 */
export type Decimals = Record<string, number>;
