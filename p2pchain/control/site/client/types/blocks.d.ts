/**
 * Decode a header, or throw `Invalid`.
 * @param {Uint8Array} data
 * @returns {Header}
 */
export function decodeHeader(data: Uint8Array): Header;
/**
 * The id of a block: SHA-256 of its header's bytes.
 * @param {Uint8Array} headerBytes
 * @returns {Uint8Array}
 */
export function blockId(headerBytes: Uint8Array): Uint8Array;
/**
 * Write a block as it is trusted: `HEIGHT:BLOCK_ID`.
 * @param {number | bigint} height
 * @param {Uint8Array} id
 * @returns {string}
 */
export function blockName(height: number | bigint, id: Uint8Array): string;
/**
 * Read a commit certificate from items; neither signatures nor power are checked.
 * @param {Value} item
 * @param {string} at
 * @returns {Certificate}
 */
export function readCertificate(item: Value, at: string): Certificate;
/**
 * Read a header and the certificate that names it, or throw `Invalid`; its signatures are not checked.
 * @param {Value} headerBytes
 * @param {Value} certificate
 * @param {string} at
 * @returns {FinalHeader}
 */
export function readFinal(headerBytes: Value, certificate: Value, at: string): FinalHeader;
/**
 * Read a set of validators, ascending by key, or throw `Invalid`.
 * @param {Value} item
 * @param {string} at
 * @returns {Validator[]}
 */
export function readValidators(item: Value, at: string): Validator[];
/**
 * The hash by which a header names a set of validators.
 * @param {Validator[]} members
 * @returns {Uint8Array}
 */
export function validatorsHash(members: Validator[]): Uint8Array;
/**
 * The power of all validators.
 * @param {Validator[]} members
 * @returns {number}
 */
export function totalPower(members: Validator[]): number;
/**
 * The bytes that a validator signs to precommit a block.
 * @param {string} chainId
 * @param {Certificate} certificate
 * @returns {Uint8Array}
 */
export function precommitSignBytes(chainId: string, { height, round, blockId: id }: Certificate): Uint8Array;
export type Value = import("./cbor.js").Value;
/**
 * the fourteen fields of a block's header; hashes and keys have 32 bytes
 */
export type Header = {
    chainId: string;
    height: number | bigint;
    /**
     * since 1970, in UTC
     */
    timeMs: number | bigint;
    parentId: Uint8Array;
    proposer: Uint8Array;
    txRoot: Uint8Array;
    stateRoot: Uint8Array;
    resultsRoot: Uint8Array;
    validatorsHash: Uint8Array;
    nextValidatorsHash: Uint8Array;
    certificateHash: Uint8Array;
    evidenceRoot: Uint8Array;
    genesisId: Uint8Array;
};
/**
 * precommits for a block: pairs of validator index and signature, ascending
 */
export type Certificate = {
    height: number | bigint;
    round: number;
    blockId: Uint8Array;
    signatures: [number, Uint8Array][];
};
/**
 * a header with its certificate
 */
export type FinalHeader = {
    header: Header;
    certificate: Certificate;
};
export type Validator = {
    publicKey: Uint8Array;
    power: number;
    org: string;
};
