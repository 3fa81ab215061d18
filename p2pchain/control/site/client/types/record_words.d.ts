export namespace NO_WORDS {
    const modules: never[];
    const refusals: {};
    const decimals: {};
}
/** The words of a catalogue; of several versions of a module the newest that fits is taken. */
export class Words {
    /** @param {Catalogue} catalogue */
    constructor({ modules, refusals, decimals }: Catalogue);
    modules: Module[];
    refusals: Record<string, string>;
    decimals: Record<string, number>;
    /**
     * An operation for a person.
     * @param {import("./transaction.js").Operation} operation
     * @returns {string}
     */
    operation({ module, action, args }: import("./transaction.js").Operation): string;
    /**
     * An event for a person.
     * @param {import("./transaction.js").Event} event
     * @returns {string}
     */
    event({ module, name, fields }: import("./transaction.js").Event): string;
    /**
     * The words of a refusal's code; those of the code itself where there are none.
     * @param {string} code
     * @returns {string}
     */
    refusal(code: string): string;
    /**
     * What proven records say, by their key in hexadecimal; null for one that is absent. A record that no declaration fits
     * has no lines. A table on pages is said where its first page stands.
     * @param {[Uint8Array, Value[] | null][]} proven
     * @returns {Map<string, string[]>}
     */
    records(proven: [Uint8Array, Value[] | null][]): Map<string, string[]>;
    #private;
}
export type Value = import("./cbor.js").Value;
export type Field = import("./value_words.js").Field;
export type RecordType = {
    name: string;
    /**
     * in hexadecimal
     */
    prefix: string;
    key: Field[];
    fields: Field[];
    sentence: string;
    isTable: boolean;
    countedBy: string;
    absence: string;
};
export type ActionType = {
    name: string;
    fields: Field[];
};
export type EventType = {
    name: string;
    fields: Field[];
    sentence: string;
};
export type Module = {
    name: string;
    version: number;
    actions: ActionType[];
    events: EventType[];
    records: RecordType[];
};
/**
 * what a node serves as `catalogue.json`, made of the declarations of its modules
 */
export type Catalogue = {
    /**
     * all versions, ascending
     */
    modules: Module[];
    /**
     * words by code
     */
    refusals: Record<string, string>;
    /**
     * of currencies
     */
    decimals: Record<string, number>;
};
export type Found = {
    module: Module;
    type: RecordType;
    inKey: Value[];
};
import { sentence } from "./value_words.js";
