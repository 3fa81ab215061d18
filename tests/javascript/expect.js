/** Assertions that run in Node and in a browser alike. */

/**
 * Demand that two values are the same when written as JSON.
 * @param {unknown} found
 * @param {unknown} expected
 * @param {string} [what]
 */
export function same(found, expected, what = "") {
  const [left, right] = [found, expected].map((value) => JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part)));
  if (left !== right) throw new Error(`${what} ${left} instead of ${right}`);
}

/**
 * The code, and the reason among its facts, of what a call throws; empty where it throws nothing.
 * @param {() => unknown} call
 * @returns {string}
 */
export function refusal(call) {
  try {
    call();
  } catch (fault) {
    if (typeof fault.code !== "string") throw fault;
    return [fault.code, fault.facts.reason].filter(Boolean).join(" ");
  }
  return "";
}
