/** @typedef {import("./blocks.js").Validator} Validator */
/** @typedef {import("./blocks.js").FinalHeader} FinalHeader */
/** @typedef {{ final: FinalHeader, following: Validator[] }} Link a block after which other validators hold */
/** @typedef {(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array) => void} Check throws `SIG_INVALID` */
/**
 * @typedef {object} Origin what a proof begins at
 * @property {string} chainId
 * @property {Uint8Array} genesisId
 * @property {Validator[]} first the validators of the height after `below`
 * @property {number | bigint} below the height that is believed already, 0 for genesis
 */
/**
 * Accept a header as final because certificates lead to it; the validators that certified it.
 *
 * Throws `Invalid`: `LINEAGE_ORDER`, `LINEAGE_VALIDATORS`, `HEADER_WRONG_CHAIN`, `HEADER_WRONG_GENESIS`, or what
 * `verifyCommit` throws.
 * @param {FinalHeader} final
 * @param {Link[]} links ascending, above `below`, none above the header
 * @param {Origin} origin
 * @param {Check} check
 * @returns {Validator[]}
 */
export function proveFinal(final: FinalHeader, links: Link[], origin: Origin, check: Check): Validator[];
/**
 * Accept precommits of more than 2/3 of the power. Throws `Invalid`: `VALIDATOR_UNKNOWN`, `CERTIFICATE_NO_QUORUM`,
 * `SIG_INVALID`.
 * @param {string} chainId
 * @param {import("./blocks.js").Certificate} certificate its signatures ascend by index
 * @param {Validator[]} members
 * @param {Check} check
 * @returns {void}
 */
export function verifyCommit(chainId: string, certificate: import("./blocks.js").Certificate, members: Validator[], check: Check): void;
export type Validator = import("./blocks.js").Validator;
export type FinalHeader = import("./blocks.js").FinalHeader;
/**
 * a block after which other validators hold
 */
export type Link = {
    final: FinalHeader;
    following: Validator[];
};
/**
 * throws `SIG_INVALID`
 */
export type Check = (publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array) => void;
/**
 * what a proof begins at
 */
export type Origin = {
    chainId: string;
    genesisId: Uint8Array;
    /**
     * the validators of the height after `below`
     */
    first: Validator[];
    /**
     * the height that is believed already, 0 for genesis
     */
    below: number | bigint;
};
