/** Errors with a stable code, as the node's own: who reads them reads the code, never the text. */
/** @typedef {string | number | bigint | boolean | null} Fact */
/** Base of all errors: a stable code, facts, and a hint for a person. */
export class Fault extends Error {
    /**
     * @param {string} code stable, upper case
     * @param {Record<string, Fact>} [facts]
     * @param {string} [hint] what to do next
     */
    constructor(code: string, facts?: Record<string, Fact> | undefined, hint?: string | undefined);
    code: string;
    facts: Readonly<{
        [x: string]: Fact;
    }>;
    hint: string;
}
/** Input that a rule refuses, or a request that a node refused. */
export class Refused extends Fault {
}
/** Bytes, a signature, a certificate or a proof that do not hold. */
export class Invalid extends Refused {
}
export type Fact = string | number | bigint | boolean | null;
