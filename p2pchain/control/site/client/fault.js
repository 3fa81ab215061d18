/** Errors with a stable code, as the node's own: who reads them reads the code, never the text. */

/** @typedef {string | number | bigint | boolean | null} Fact */

/** Base of all errors: a stable code, facts, and a hint for a person. */
export class Fault extends Error {
  /**
   * @param {string} code stable, upper case
   * @param {Record<string, Fact>} [facts]
   * @param {string} [hint] what to do next
   */
  constructor(code, facts = {}, hint = "") {
    const listed = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
    super(listed.length ? `${code}: ${listed.join(", ")}` : code);
    this.name = new.target.name;
    this.code = code;
    this.facts = Object.freeze({ ...facts });
    this.hint = hint;
  }
}

/** Input that a rule refuses, or a request that a node refused. */
export class Refused extends Fault {}

/** Bytes, a signature, a certificate or a proof that do not hold. */
export class Invalid extends Refused {}
