/**
 * Parse the genesis in a JSON text, or throw `Invalid` naming the field.
 * @param {Uint8Array} data the bytes of genesis.json
 * @returns {Genesis}
 */
export function parseGenesis(data: Uint8Array): Genesis;
/**
 * The id of a genesis: SHA-256 over its meaning, not its text.
 * @param {Genesis} genesis
 * @returns {Uint8Array}
 */
export function genesisId({ chainId, timeMs, parameters, organisations }: Genesis): Uint8Array;
/**
 * The validators of height 1, ascending by key.
 * @param {Genesis} genesis
 * @returns {import("./blocks.js").Validator[]}
 */
export function genesisValidators({ organisations }: Genesis): import("./blocks.js").Validator[];
/**
 * Whose key it was at genesis; null where that is not known.
 * @param {Genesis} genesis
 * @param {string} publicKey in hexadecimal
 * @returns {{ org: string, name: string } | null}
 */
export function accountOf({ organisations }: Genesis, publicKey: string): {
    org: string;
    name: string;
} | null;
export type Json = import("./strict_json.js").Json;
export type Members = {
    [name: string]: import("./strict_json.js").Json;
};
/**
 * keys in hexadecimal
 */
export type GenesisAccount = {
    name: string;
    publicKey: string;
    roles: string[];
};
export type GenesisNode = {
    name: string;
    peerKey: string;
    consensusKey: string | null;
    power: number;
};
export type GenesisOrganisation = {
    org: string;
    legalName: string;
    roles: string[];
    accounts: GenesisAccount[];
    nodes: GenesisNode[];
};
export type Genesis = {
    chainId: string;
    timeMs: number | bigint;
    /**
     * in the order of `docs/formats.md`, section 8
     */
    parameters: number[];
    organisations: GenesisOrganisation[];
};
