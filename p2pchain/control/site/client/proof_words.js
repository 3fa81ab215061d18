/** What a verified proof file says, line by line, in the words of `p2pchain proof verify`. */

import { toHex } from "./bytes.js";
import { decode } from "./cbor.js";
import { Invalid } from "./fault.js";
import { accountOf } from "./genesis.js";
import { amountWords, dayWords, momentWords, printable, valueText } from "./value_words.js";

/** @typedef {import("./cbor.js").Value} Value */
/** @typedef {import("./proof_file.js").Proven} Proven */
/** @typedef {import("./record_words.js").Words} Words */

const LINE_CHARS_MAX = 1_000;
const VALUE_BYTES_MAX = 1_000_000;
const MINOR = "_minor";
/** Facts that are a day's number, and how they are called. */
const DAYS = new Map([["due_day", "due"], ["today", "today"]]);

/**
 * Describe what is proven; each line can be shown as it is. That a transaction was refused stands in its first and its last
 * line: what others wrote hides none of it.
 * @param {Proven} proven
 * @param {Words} words
 * @param {import("./genesis.js").Genesis | null} genesis whose accounts are named; null for none
 * @returns {string[]}
 */
export function proofLines(proven, words, genesis) {
  const { header, base, changes, transaction: about } = proven;
  const when = `${header.height}, ${momentWords(header.timeMs) ?? header.timeMs} UTC`;
  const begin = base === null ? `genesis ${toHex(proven.genesisId)}` : `block ${base}`;
  const times = changes === 1 ? "once" : `${changes} times`;
  const signers = proven.signers.join(", ");
  const lines = [
    `proven on chain ${proven.chainId} ${about ? "in the block of height" : "as of height"} ${when}`,
    `resting on ${begin}, which you trust; the validators ${changes ? `changed ${times} since` : "have not changed since"}`,
    `signed by validators of ${signers}: ${proven.power} of ${proven.totalPower} of the power`,
    ...(about ? transactionLines(about, words, genesis) : [`state root ${toHex(header.stateRoot)}`]),
    ...recordLines(proven, words),
    `to be trusted the next time, as --trusted: ${proven.block}`,
  ];
  return lines.map(printable);
}

/**
 * A key as people read it: text up to what is no text, and that in hexadecimal.
 * @param {Uint8Array} key
 * @returns {string}
 */
export function keyText(key) {
  const place = key.findIndex((octet) => octet < 32 || octet >= 127);
  const cut = place < 0 ? key.length : key.subarray(0, place).lastIndexOf(0x2f) + 1;
  return String.fromCharCode(...key.subarray(0, cut)) + toHex(key.subarray(cut));
}

/**
 * @param {NonNullable<Proven["transaction"]>} about
 * @param {Words} words
 * @param {import("./genesis.js").Genesis | null} genesis
 * @returns {string[]}
 */
function transactionLines({ transaction, receipt, accepted }, words, genesis) {
  const { body, txId } = transaction;
  const done = accepted ? "did" : "asked for, and was refused";
  const verdict = accepted ? "ACCEPTED, it did what it asked for" : "REFUSED, nothing of what it asked for was done";
  const signed = body.signers.map(toHex).map((signer) => {
    const account = genesis && accountOf(genesis, signer);
    return `  signed by ${signer}${account ? `, at genesis the account ${account.name} of ${account.org}` : ""}`;
  });
  return [
    `transaction ${toHex(txId)}: ${verdict}`,
    ...(accepted ? [] : [`  refused with ${reason(receipt, words)}`]),
    ...signed,
    ...body.operations.map((operation) => `  ${done}: ${shortened(words.operation(operation))}`),
    ...receipt.events.map((event) =>
      `  event: ${shortened(`${valueText(event.module)} ${valueText(event.name)} ${words.event(event)}`)}`,
    ),
    ...(accepted ? [] : ["  so it was REFUSED: nothing of this was done"]),
  ];
}

/**
 * @param {import("./transaction.js").Receipt} receipt
 * @param {Words} words
 * @returns {string}
 */
function reason({ code, facts }, words) {
  const listed = readable(facts, words).map(([name, value]) => `${valueText(name)}=${valueText(value)}`).join(", ");
  return `${valueText(code)}: ${words.refusal(code)}${listed ? ` (${shortened(listed)})` : ""}`;
}

/**
 * Facts as people read them: days as dates, minor units as amounts where the currency stands beside them.
 * @param {[string, Value][]} facts
 * @param {Words} words
 * @returns {[string, Value][]}
 */
function readable(facts, { decimals }) {
  const currency = new Map(facts).get("currency");
  const amounts = facts.filter(([name]) => name.endsWith(MINOR)).map(([, value]) => amountWords(value, currency, decimals));
  const isSaid = amounts.length > 0 && !amounts.includes(null);
  return facts
    .filter(([name]) => !(isSaid && name === "currency"))
    .map(([name, value]) => {
      const called = DAYS.get(name);
      const day = called === undefined ? null : dayWords(value);
      if (called !== undefined && day !== null) return [called, day];
      const amount = name.endsWith(MINOR) ? amountWords(value, currency, decimals) : null;
      return amount === null ? [name, value] : [name.slice(0, -MINOR.length), amount];
    });
}

/**
 * @param {Proven} proven
 * @param {Words} words
 * @returns {string[]}
 */
function recordLines({ values }, words) {
  /** @type {[Uint8Array, Value[] | null][]} */
  const records = values.map(([key, raw]) => [key, raw && record(raw)]);
  const said = words.records(records);
  return values.flatMap(([key, raw]) => {
    return said.get(toHex(key)) ?? [`${keyText(key)}: ${raw === null ? "there is no such record" : toHex(raw)}`];
  });
}

/**
 * @param {Uint8Array} raw
 * @returns {Value[]}
 */
function record(raw) {
  const values = decode(raw, VALUE_BYTES_MAX);
  if (!Array.isArray(values)) throw new Invalid("PROOF_INVALID", { reason: "a record is an array" });
  return values;
}

/**
 * @param {string} text
 * @returns {string}
 */
function shortened(text) {
  const characters = [...text];
  if (characters.length <= LINE_CHARS_MAX) return text;
  const all = `${characters.length.toLocaleString("en-US")} characters in all`;
  return `${characters.slice(0, LINE_CHARS_MAX).join("")}... (${all})`;
}
