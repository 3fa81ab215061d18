/**
 * One file that proves records of the state, or a transaction, to somebody who trusts a genesis or one block: no node,
 * no network (`docs/proofs.md`). The codes and reasons are those of `p2pchain proof verify`.
 */

import { same, toHex } from "./bytes.js";
import { blockId, blockName, decodeHeader, readFinal, readValidators, totalPower, validatorsHash } from "./blocks.js";
import { decode, encode } from "./cbor.js";
import { verifySignature } from "./ed25519.js";
import { Fault, Invalid } from "./fault.js";
import * as field from "./fields.js";
import { genesisId, genesisValidators } from "./genesis.js";
import { proveFinal } from "./lineage.js";
import { verifyInclusion } from "./merkle.js";
import { sha256 } from "./sha2.js";
import { readStateProof, verifyStateProof } from "./state_proof.js";
import * as transactions from "./transaction.js";

/** @typedef {import("./cbor.js").Value} Value */
/** @typedef {import("./genesis.js").Genesis} Genesis */
/** @typedef {{ height: number | bigint, blockId: Uint8Array }} TrustedBlock */
/** @typedef {Genesis | TrustedBlock} Trust */
/** @typedef {{ header: import("./blocks.js").Header, id: Uint8Array, following: import("./blocks.js").Validator[] }} Base */
/** @typedef {{ key: Uint8Array, value: Uint8Array | null, proof: import("./state_proof.js").StateProof }} Entry */

/**
 * @typedef {object} About a transaction with its receipt, and their ways to two roots of the header
 * @property {transactions.Transaction} transaction
 * @property {transactions.Receipt} receipt
 * @property {Uint8Array} receiptBytes
 * @property {number} index
 * @property {number} size
 * @property {Uint8Array[]} txPath
 * @property {Uint8Array[]} resultsPath
 */

/**
 * @typedef {object} ProofFile content of a file, nothing proven; `base` is null for genesis
 * @property {string} chainId
 * @property {Base | null} base
 * @property {import("./blocks.js").FinalHeader} final
 * @property {import("./lineage.js").Link[]} links
 * @property {Entry[]} entries
 * @property {About | null} about
 */

/**
 * @typedef {object} Proven what a verified file proves
 * @property {string} chainId
 * @property {Uint8Array} genesisId
 * @property {string | null} base the block that it rests on, `HEIGHT:BLOCK_ID`; null for genesis
 * @property {string} block the block as of which it is proven, to be trusted the next time
 * @property {import("./blocks.js").Header} header that of the block
 * @property {[Uint8Array, Uint8Array | null][]} values keys with their records, null for none
 * @property {{ transaction: transactions.Transaction, receipt: transactions.Receipt, accepted: boolean } | null} transaction
 * @property {string[]} signers organisations whose validators certified the block, ascending
 * @property {number} power
 * @property {number} totalPower
 * @property {number} changes how often the validators changed on the way
 */

const FILE_BYTES_MAX = 67_108_864;
const ITEMS_MAX = 120_000;
const KEYS_MAX = 512;
const LINKS_MAX = 65_536;
const VALUE_BYTES_MAX = 1_000_000;
const LINK_BYTES_MAX = 30_208;
const LEAVES_MAX = 16_384;
const PATH_HASHES_MAX = 14;
const RECORDS = 1;
const TRANSACTION = 2;
const TRUSTED = /^([1-9][0-9]{0,18}):([0-9a-f]{64})$/;
const HINTS = {
  genesis: "it rests on the validators since genesis: verify it with the genesis if you trust them all",
  block: "it is for somebody who noted that block: if you did, give your own note, never one out of the file",
  other: "compare your note digit by digit; if it is right, the file is of another chain, or somebody lies",
};

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
export function verifyProofFile(data, trust, check = verifySignature) {
  try {
    return verify(decodeProofFile(data), trust, check);
  } catch (fault) {
    if (!(fault instanceof Fault) || fault.code === "PROOF_INVALID" || fault.code === "PROOF_OTHER_TRUST") throw fault;
    const detail = Object.entries(fault.facts).map(([name, value]) => `${name}=${value}`);
    throw new Invalid("PROOF_INVALID", { reason: fault.code, detail: detail.join(", ") });
  }
}

/**
 * Read a block that is trusted, `HEIGHT:BLOCK_ID`; `Invalid("TRUSTED_INVALID")`.
 * @param {string} text
 * @returns {TrustedBlock}
 */
export function parseTrusted(text) {
  const match = TRUSTED.exec(text);
  if (match === null || BigInt(match[1]) >= 2n ** 63n) {
    const hint = "write HEIGHT:BLOCK_ID, the id with 64 hexadecimal digits";
    throw new Invalid("TRUSTED_INVALID", { found: String(text).slice(0, 128) }, hint);
  }
  const id = Uint8Array.from({ length: 32 }, (_, place) => parseInt(match[2].slice(2 * place, 2 * place + 2), 16));
  return { height: Number.isSafeInteger(Number(match[1])) ? Number(match[1]) : BigInt(match[1]), blockId: id };
}

/**
 * Decode a file as it stands, nothing proven; throws `Invalid`.
 * @param {Uint8Array} data
 * @returns {ProofFile}
 */
export function decodeProofFile(data) {
  const items = [...field.array(decode(data, FILE_BYTES_MAX, ITEMS_MAX), 7, 8, "proof")];
  const digest = items.pop();
  if (!(digest instanceof Uint8Array) || !same(digest, sha256(encode(items)))) {
    throw new Invalid("PROOF_INVALID", { reason: "digest" });
  }
  if (items[0] === RECORDS) {
    const [, chain, header, certificate, links, entries] = field.fields(items, 6, "proof");
    return readFile(chain, null, header, certificate, links, [RECORDS, entries]);
  }
  field.version(items[0], 2, "proof.version");
  const [, chain, beginning, header, certificate, links, subject] = field.fields(items, 7, "proof");
  const base = beginning === null ? null : readBase(beginning);
  const file = readFile(chain, base, header, certificate, links, subject);
  if (base === null && file.about === null) {
    throw new Invalid("PROOF_INVALID", { reason: "version 2 of what version 1 says" });
  }
  return file;
}

/**
 * @param {Value} chainId
 * @param {Base | null} base
 * @param {Value} header
 * @param {Value} certificate
 * @param {Value} links
 * @param {Value} subject
 * @returns {ProofFile}
 */
function readFile(chainId, base, header, certificate, links, subject) {
  const [kind, ...parts] = field.array(subject, 2, 7, "proof.subject");
  let about = null;
  /** @type {Entry[]} */
  let entries = [];
  if (field.small(kind, RECORDS, TRANSACTION, "proof.subject.kind") === TRANSACTION) about = readAbout(parts);
  else {
    const [listed] = field.fields(parts, 1, "proof.subject");
    entries = field.array(listed, 1, KEYS_MAX, "proof.entries").map(readEntry);
  }
  return {
    chainId: field.text(chainId, 1, 64, "proof.chain_id"),
    base,
    final: readFinal(header, certificate, "proof"),
    links: field.array(links, 0, LINKS_MAX, "proof.links").map(readLink),
    entries,
    about,
  };
}

/**
 * @param {ProofFile} file
 * @param {Trust} trust
 * @param {import("./lineage.js").Check} check
 * @returns {Proven}
 */
function verify(file, trust, check) {
  const origin = beginningOf(file, trust);
  if (file.chainId !== origin.chainId) {
    const facts = { expected: origin.chainId, found: file.chainId };
    throw new Invalid("PROOF_INVALID", { reason: "another chain", ...facts });
  }
  const { header, certificate } = file.final;
  const members = proveFinal(file.final, file.links, origin, check);
  if (file.about) verifyAbout(file.about, header, check);
  const seen = new Set();
  for (const { key, value, proof } of file.entries) {
    const name = toHex(key);
    if (seen.has(name)) throw new Invalid("PROOF_INVALID", { reason: "a key twice", key: name });
    verifyStateProof(header.stateRoot, key, value, proof);
    seen.add(name);
  }
  const signed = certificate.signatures.map(([index]) => members[index]);
  const { about, base } = file;
  return {
    chainId: file.chainId,
    genesisId: origin.genesisId,
    base: base && blockName(base.header.height, base.id),
    block: blockName(header.height, certificate.blockId),
    header,
    values: file.entries.map(({ key, value }) => [key, value]),
    transaction: about && { ...pick(about), accepted: about.receipt.code === transactions.CODE_OK },
    signers: [...new Set(signed.map(({ org }) => org))].sort(field.compareText),
    power: totalPower(signed),
    totalPower: totalPower(members),
    changes: file.links.length,
  };
}

/**
 * @param {About} about
 * @returns {{ transaction: transactions.Transaction, receipt: transactions.Receipt }}
 */
function pick({ transaction, receipt }) {
  return { transaction, receipt };
}

/**
 * What a file begins at, from trusted things alone.
 * @param {ProofFile} file
 * @param {Trust} trust
 * @returns {import("./lineage.js").Origin}
 */
function beginningOf({ base }, trust) {
  if ("organisations" in trust) {
    if (base) throw otherTrust(`block ${base.header.height}`, "genesis", HINTS.block);
    return { chainId: trust.chainId, genesisId: genesisId(trust), first: genesisValidators(trust), below: 0 };
  }
  const trusted = `block ${trust.height}`;
  if (!base) throw otherTrust("genesis", trusted, HINTS.genesis);
  const { header, id, following } = base;
  if (header.height !== trust.height) throw otherTrust(`block ${header.height}`, trusted, HINTS.block);
  if (!same(id, trust.blockId)) throw otherTrust("another block of that height", trusted, HINTS.other);
  if (!same(validatorsHash(following), header.nextValidatorsHash)) {
    throw new Invalid("PROOF_INVALID", { reason: "other validators than the trusted block names" });
  }
  return { chainId: header.chainId, genesisId: header.genesisId, first: following, below: header.height };
}

/**
 * The id is not shown: who copies it from there trusts whoever made the file.
 * @param {string} begins
 * @param {string} trusted
 * @param {string} hint
 * @returns {Invalid}
 */
function otherTrust(begins, trusted, hint) {
  return new Invalid("PROOF_OTHER_TRUST", { begins, trusted }, hint);
}

/**
 * @param {About} about
 * @param {import("./blocks.js").Header} header
 * @param {import("./lineage.js").Check} check
 */
function verifyAbout({ transaction, receipt, receiptBytes, index, size, txPath, resultsPath }, header, check) {
  const { body, bodyBytes, signatures, txId } = transaction;
  if (!same(receipt.txId, txId)) {
    const ids = { tx_id: toHex(txId), found: toHex(receipt.txId) };
    throw new Invalid("PROOF_INVALID", { reason: "the receipt of another transaction", ...ids });
  }
  if (body.chainId !== header.chainId) {
    throw new Invalid("TX_WRONG_CHAIN", { expected: header.chainId, found: body.chainId });
  }
  const message = transactions.transactionSignBytes(body.chainId, bodyBytes);
  body.signers.forEach((signer, place) => check(signer, signatures[place], message));
  verifyInclusion(header.txRoot, txId, index, size, txPath);
  verifyInclusion(header.resultsRoot, receiptBytes, index, size, resultsPath);
}

/**
 * @param {Value[]} parts
 * @returns {About}
 */
function readAbout(parts) {
  const at = "proof.subject";
  const [transaction, receipt, index, count, txPath, resultsPath] = field.fields(parts, 6, at);
  const size = field.small(count, 1, LEAVES_MAX, `${at}.size`);
  const raw = field.octets(transaction, 1, transactions.TX_BYTES_MAX, `${at}.transaction`);
  const decoded = transactions.decodeTransaction(raw);
  const receiptBytes = field.octets(receipt, 1, transactions.RECEIPT_BYTES_MAX, `${at}.receipt`);
  return {
    transaction: decoded,
    receipt: transactions.decodeReceipt(receiptBytes),
    receiptBytes,
    index: field.small(index, 0, size - 1, `${at}.index`),
    size,
    txPath: field.byteStrings(txPath, 0, PATH_HASHES_MAX, 32, `${at}.tx_path`),
    resultsPath: field.byteStrings(resultsPath, 0, PATH_HASHES_MAX, 32, `${at}.results_path`),
  };
}

/**
 * @param {Value} item
 * @returns {Base}
 */
function readBase(item) {
  const [header, members] = field.fields(item, 2, "proof.base");
  if (!(header instanceof Uint8Array)) throw field.mistyped(header, "bytes", "proof.base.header");
  const decoded = decodeHeader(header);
  return { header: decoded, id: blockId(header), following: readValidators(members, "proof.base.validators") };
}

/**
 * @param {Value} item
 * @returns {import("./lineage.js").Link}
 */
function readLink(item) {
  const data = field.octets(item, 1, FILE_BYTES_MAX, "proof.links[]");
  const [header, certificate, members] = field.fields(decode(data, LINK_BYTES_MAX), 3, "link");
  return { final: readFinal(header, certificate, "link"), following: readValidators(members, "link.validators") };
}

/**
 * @param {Value} item
 * @returns {Entry}
 */
function readEntry(item) {
  const [key, value, proof] = field.fields(item, 3, "proof.entries[]");
  return {
    key: field.octets(key, 1, FILE_BYTES_MAX, "proof.entries[].key"),
    value: value === null ? null : field.octets(value, 0, VALUE_BYTES_MAX, "proof.entries[].value"),
    proof: readStateProof(proof),
  };
}
