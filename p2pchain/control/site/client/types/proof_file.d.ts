/**
 * Verify a file for whoever trusts this genesis, or this block.
 *
 * Throws `Invalid("PROOF_INVALID")` with the reason where it proves nothing, `Invalid("PROOF_OTHER_TRUST")` where it begins at
 * something else than is trusted.
 * @param {Uint8Array} data the bytes of the file
 * @param {Trust} trust
 * @param {import("./lineage.js").Check} [check] the signature rule
 * @returns {Proven}
 */
export function verifyProofFile(data: Uint8Array, trust: Trust, check?: import("./lineage.js").Check | undefined): Proven;
/**
 * Read a block that is trusted, `HEIGHT:BLOCK_ID`; `Invalid("TRUSTED_INVALID")`.
 * @param {string} text
 * @returns {TrustedBlock}
 */
export function parseTrusted(text: string): TrustedBlock;
/**
 * Decode a file as it stands, nothing proven; throws `Invalid`.
 * @param {Uint8Array} data
 * @returns {ProofFile}
 */
export function decodeProofFile(data: Uint8Array): ProofFile;
export type Value = import("./cbor.js").Value;
export type Genesis = import("./genesis.js").Genesis;
export type TrustedBlock = {
    height: number | bigint;
    blockId: Uint8Array;
};
export type Trust = Genesis | TrustedBlock;
export type Base = {
    header: import("./blocks.js").Header;
    id: Uint8Array;
    following: import("./blocks.js").Validator[];
};
export type Entry = {
    key: Uint8Array;
    value: Uint8Array | null;
    proof: import("./state_proof.js").StateProof;
};
/**
 * a transaction with its receipt, and their ways to two roots of the header
 */
export type About = {
    transaction: transactions.Transaction;
    receipt: transactions.Receipt;
    receiptBytes: Uint8Array;
    index: number;
    size: number;
    txPath: Uint8Array[];
    resultsPath: Uint8Array[];
};
/**
 * content of a file, nothing proven; `base` is null for genesis
 */
export type ProofFile = {
    chainId: string;
    base: Base | null;
    final: import("./blocks.js").FinalHeader;
    links: import("./lineage.js").Link[];
    entries: Entry[];
    about: About | null;
};
/**
 * what a verified file proves
 */
export type Proven = {
    chainId: string;
    genesisId: Uint8Array;
    /**
     * the block that it rests on, `HEIGHT:BLOCK_ID`; null for genesis
     */
    base: string | null;
    /**
     * the block as of which it is proven, to be trusted the next time
     */
    block: string;
    /**
     * that of the block
     */
    header: import("./blocks.js").Header;
    /**
     * keys with their records, null for none
     */
    values: [Uint8Array, Uint8Array | null][];
    transaction: {
        transaction: transactions.Transaction;
        receipt: transactions.Receipt;
        accepted: boolean;
    } | null;
    /**
     * organisations whose validators certified the block, ascending
     */
    signers: string[];
    power: number;
    totalPower: number;
    /**
     * how often the validators changed on the way
     */
    changes: number;
};
import { blockId } from "./blocks.js";
import * as transactions from "./transaction.js";
