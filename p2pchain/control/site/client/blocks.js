/** Headers, commit certificates and validator sets: read, named by hash, and what validators signed. */

import { compare, same, toHex } from "./bytes.js";
import { INTEGER_MAX, decode, encode } from "./cbor.js";
import { Invalid } from "./fault.js";
import * as field from "./fields.js";
import { sha256 } from "./sha2.js";

/** @typedef {import("./cbor.js").Value} Value */

/**
 * @typedef {object} Header the fourteen fields of a block's header; hashes and keys have 32 bytes
 * @property {string} chainId
 * @property {number | bigint} height
 * @property {number | bigint} timeMs since 1970, in UTC
 * @property {Uint8Array} parentId
 * @property {Uint8Array} proposer
 * @property {Uint8Array} txRoot
 * @property {Uint8Array} stateRoot
 * @property {Uint8Array} resultsRoot
 * @property {Uint8Array} validatorsHash
 * @property {Uint8Array} nextValidatorsHash
 * @property {Uint8Array} certificateHash
 * @property {Uint8Array} evidenceRoot
 * @property {Uint8Array} genesisId
 */

/**
 * @typedef {object} Certificate precommits for a block: pairs of validator index and signature, ascending
 * @property {number | bigint} height
 * @property {number} round
 * @property {Uint8Array} blockId
 * @property {[number, Uint8Array][]} signatures
 */

/** @typedef {{ header: Header, certificate: Certificate }} FinalHeader a header with its certificate */
/** @typedef {{ publicKey: Uint8Array, power: number, org: string }} Validator */

const HEADER_VERSION = 1;
const HEADER_BYTES_MAX = 512;
const PRECOMMIT = 2;
const POWER_MAX = 2 ** 40;
const ORG_CHARS_MAX = 64;

/**
 * Decode a header, or throw `Invalid`.
 * @param {Uint8Array} data
 * @returns {Header}
 */
export function decodeHeader(data) {
  const parts = field.fields(decode(data, HEADER_BYTES_MAX), 14, "header");
  field.version(parts[0], HEADER_VERSION, "header.version");
  return {
    chainId: field.chainId(parts[1], "header.chain_id"),
    height: field.height(parts[2], "header.height"),
    timeMs: field.integer(parts[3], 0, INTEGER_MAX, "header.time_ms"),
    parentId: field.digest(parts[4], "header.parent_id"),
    proposer: field.digest(parts[5], "header.proposer"),
    txRoot: field.digest(parts[6], "header.tx_root"),
    stateRoot: field.digest(parts[7], "header.state_root"),
    resultsRoot: field.digest(parts[8], "header.results_root"),
    validatorsHash: field.digest(parts[9], "header.validators_hash"),
    nextValidatorsHash: field.digest(parts[10], "header.next_validators_hash"),
    certificateHash: field.digest(parts[11], "header.certificate_hash"),
    evidenceRoot: field.digest(parts[12], "header.evidence_root"),
    genesisId: field.digest(parts[13], "header.genesis_id"),
  };
}

/**
 * The id of a block: SHA-256 of its header's bytes.
 * @param {Uint8Array} headerBytes
 * @returns {Uint8Array}
 */
export function blockId(headerBytes) {
  return sha256(headerBytes);
}

/**
 * Write a block as it is trusted: `HEIGHT:BLOCK_ID`.
 * @param {number | bigint} height
 * @param {Uint8Array} id
 * @returns {string}
 */
export function blockName(height, id) {
  return `${height}:${toHex(id)}`;
}

/**
 * Read a commit certificate from items; neither signatures nor power are checked.
 * @param {Value} item
 * @param {string} at
 * @returns {Certificate}
 */
export function readCertificate(item, at) {
  const [height, round, id, signatures] = field.fields(item, 4, at);
  return {
    height: field.height(height, `${at}.height`),
    round: field.round(round, `${at}.round`),
    blockId: field.digest(id, `${at}.block_id`),
    signatures: readSignatures(signatures, `${at}.signatures`),
  };
}

/**
 * Read a header and the certificate that names it, or throw `Invalid`; its signatures are not checked.
 * @param {Value} headerBytes
 * @param {Value} certificate
 * @param {string} at
 * @returns {FinalHeader}
 */
export function readFinal(headerBytes, certificate, at) {
  if (!(headerBytes instanceof Uint8Array)) throw field.mistyped(headerBytes, "bytes", `${at}.header`);
  const header = decodeHeader(headerBytes);
  const named = readCertificate(certificate, `${at}.certificate`);
  const id = blockId(headerBytes);
  if (named.height !== header.height || !same(named.blockId, id)) {
    const ids = { block_id: toHex(id), found_id: toHex(named.blockId), reason: "not of this block" };
    const heights = { height: header.height, found: named.height };
    throw new Invalid("CODEC_CERTIFICATE", { field: `${at}.certificate`, ...heights, ...ids });
  }
  return { header, certificate: named };
}

/**
 * Read a set of validators, ascending by key, or throw `Invalid`.
 * @param {Value} item
 * @param {string} at
 * @returns {Validator[]}
 */
export function readValidators(item, at) {
  /** @type {Validator[]} */
  const members = [];
  for (const part of field.array(item, 1, field.VALIDATORS_MAX, at)) {
    const [key, power, org] = field.fields(part, 3, `${at}[]`);
    const publicKey = field.digest(key, `${at}[].public_key`);
    const before = members.at(-1);
    if (before) field.ascending(compare(before.publicKey, publicKey), `${at}[].public_key`);
    members.push({
      publicKey,
      power: field.small(power, 1, POWER_MAX, `${at}[].power`),
      org: field.text(org, 1, ORG_CHARS_MAX, `${at}[].org`),
    });
  }
  return members;
}

/**
 * The hash by which a header names a set of validators.
 * @param {Validator[]} members
 * @returns {Uint8Array}
 */
export function validatorsHash(members) {
  return sha256(encode(members.map(({ publicKey, power, org }) => [publicKey, power, org])));
}

/**
 * The power of all validators.
 * @param {Validator[]} members
 * @returns {number}
 */
export function totalPower(members) {
  return members.reduce((sum, member) => sum + member.power, 0);
}

/**
 * The bytes that a validator signs to precommit a block.
 * @param {string} chainId
 * @param {Certificate} certificate
 * @returns {Uint8Array}
 */
export function precommitSignBytes(chainId, { height, round, blockId: id }) {
  return encode(["p2pchain/consensus", 1, chainId, "vote", PRECOMMIT, height, round, id]);
}

/**
 * @param {Value} item
 * @param {string} at
 * @returns {[number, Uint8Array][]}
 */
function readSignatures(item, at) {
  /** @type {[number, Uint8Array][]} */
  const signatures = [];
  let previous = -1;
  for (const pair of field.array(item, 1, field.VALIDATORS_MAX, at)) {
    const [place, signature] = field.fields(pair, 2, `${at}[]`);
    const index = field.small(place, 0, field.VALIDATORS_MAX - 1, `${at}[].validator`);
    if (index <= previous) {
      throw new Invalid("CODEC_ORDER", { field: `${at}[].validator`, found: index, after: previous });
    }
    signatures.push([index, field.octets(signature, 64, 64, `${at}[].signature`)]);
    previous = index;
  }
  return signatures;
}
