/** Checks of the client against the vectors of `tests/vectors`, for Node and for browsers. */

import * as client from "../../p2pchain/control/site/client/index.js";
import { readCertificate, readFinal, readValidators, validatorsHash } from "../../p2pchain/control/site/client/blocks.js";
import { refusal, same } from "./expect.js";

const { fromHex, toHex } = client;

/** Names of the vector files that concern the client. */
export const VECTORS = [
  "codec", "crypto_hashes", "ed25519_rfc8032", "ed25519_zip215", "merkle_rfc6962", "proof_files", "trie_state_root",
];

/**
 * All checks, by name.
 * @param {Record<string, any>} vectors by the name of their file
 * @returns {[string, () => void][]}
 */
export function vectorChecks(vectors) {
  return [
    ...hashChecks(vectors),
    ...signatureChecks(vectors),
    ...treeChecks(vectors),
    ...codecChecks(vectors.codec),
    ...forbiddenChecks(),
    ...proofChecks(vectors.proof_files),
  ];
}

function hashChecks({ crypto_hashes }) {
  return crypto_hashes.sha256.map(({ data, hash }) => [
    `sha256 of ${data.length / 2} bytes`,
    () => same(toHex(client.sha256(fromHex(data))), hash),
  ]);
}

function signatureChecks({ ed25519_zip215, ed25519_rfc8032 }) {
  const accepted = (key, signature, message) =>
    refusal(() => client.verifySignature(fromHex(key), fromHex(signature), message)) === "";
  const zip215 = ed25519_zip215.vectors.map((vector) => [
    `zip215 ${vector.name}`,
    () => same(accepted(vector.public_key, vector.signature, fromHex(vector.message)), vector.accepted),
  ]);
  const rfc8032 = ed25519_rfc8032.vectors.map((vector) => [
    `rfc8032 ${vector.message.length / 2} bytes`,
    () => {
      const message = fromHex(vector.message);
      same(accepted(vector.public_key, vector.signature, message), true);
      same(accepted(vector.public_key, vector.signature, Uint8Array.of(...message, 0)), false);
    },
  ]);
  const small = ed25519_zip215.small_order_encodings;
  const message = new TextEncoder().encode(ed25519_zip215.small_order_message);
  const orders = () => {
    for (const a of small) for (const r of small) same(accepted(a, r + "00".repeat(32), message), true, `${a} ${r}`);
  };
  return [...zip215, ...rfc8032, ["zip215 points of small order", orders]];
}

function treeChecks({ merkle_rfc6962, trie_state_root }) {
  const leaves = merkle_rfc6962.leaves.map(fromHex);
  const roots = () =>
    merkle_rfc6962.roots.forEach((root, size) => same(toHex(client.merkleRoot(leaves.slice(0, size))), root));
  const paths = merkle_rfc6962.paths.map(({ index, size, path }) => [
    `merkle path ${index} of ${size}`,
    () => {
      const root = fromHex(merkle_rfc6962.roots[size]);
      const verify = (...at) => refusal(() => client.verifyInclusion(root, ...at, path.map(fromHex)));
      same(client.merklePath(leaves.slice(0, size), index).map(toHex), path);
      same(verify(leaves[index], index, size), "");
      same(verify(fromHex("77"), index, size), "PROOF_INVALID root");
    },
  ]);
  const states = trie_state_root.vectors.map(({ name, first, last, root }) => [
    `state root ${name}`,
    () => {
      const text = new TextEncoder();
      const numbers = Array.from({ length: last - first }, (_, place) => first + place);
      const pairs = numbers.map((n) => [text.encode(`key/${n}`), text.encode(`value/${n}`)]);
      same(toHex(client.stateRoot(pairs)), root);
    },
  ]);
  return [["merkle roots", roots], ...paths, ...states];
}

function codecChecks({ structures, sign_bytes, hashes, genesis }) {
  const bytes = Object.fromEntries(structures.map((each) => [each.name, fromHex(each.bytes)]));
  const decoded = structures.map((each) => [
    `codec ${each.name}`,
    () => {
      const data = fromHex(each.bytes);
      same(toHex(client.sha256(data)), each.sha256);
      same(toHex(client.encode(client.decode(data, 2 ** 20))), each.bytes);
      same(refusal(() => client.decode(Uint8Array.of(...data, 0), 2 ** 20)), "CODEC_TRAILING");
    },
  ]);
  const transactions = ["transaction", "transaction of two signers", "transaction until a time"].map((name) => [
    `codec ${name} in fields`,
    () => {
      const { body, bodyBytes, signatures, txId } = client.decodeTransaction(bytes[name]);
      same(toHex(client.encodeBody(body)), toHex(bodyBytes));
      same(toHex(client.assembleTransaction(bodyBytes, signatures).raw), toHex(bytes[name]));
      same(toHex(txId), hashes[`tx_id of ${name}`]);
      const signed = client.transactionSignBytes(body.chainId, bodyBytes);
      if (name in sign_bytes) same(toHex(signed), sign_bytes[name]);
      body.signers.forEach((signer, place) => client.verifySignature(signer, signatures[place], signed));
    },
  ]);
  const roots = () => {
    const parsed = client.parseGenesis(new TextEncoder().encode(genesis));
    same(toHex(client.genesisId(parsed)), hashes.genesis_id);
    same(toHex(validatorsHash(client.genesisValidators(parsed))), hashes.validators_hash);
    const ids = ["transaction", "transaction of two signers"].map((name) => client.decodeTransaction(bytes[name]).txId);
    same(toHex(client.merkleRoot(ids)), hashes.tx_root);
    const receipts = [bytes["receipt 0"], bytes["receipt 1"]];
    receipts.forEach(client.decodeReceipt);
    same(toHex(client.merkleRoot(receipts)), hashes.results_root);
    same(toHex(client.sha256(bytes.header)), hashes.block_id);
    readCertificate(client.decode(bytes["commit certificate"], 8_192), "certificate");
    const [header, certificate, members] = client.decode(bytes["snapshot link"], 30_208);
    readFinal(header, certificate, "link");
    readValidators(members, "link");
  };
  return [...decoded, ...transactions, ["codec ids and roots", roots]];
}

/** What the protocol does not know, each by the code that refuses it. */
const FORBIDDEN = {
  "a0": "CODEC_FORBIDDEN", "c000": "CODEC_FORBIDDEN", "f93c00": "CODEC_FORBIDDEN", "fb3ff0000000000000": "CODEC_FORBIDDEN",
  "f7": "CODEC_FORBIDDEN", "f0": "CODEC_FORBIDDEN", "f8ff": "CODEC_FORBIDDEN",
  "1817": "CODEC_NOT_CANONICAL longer than needed", "190017": "CODEC_NOT_CANONICAL longer than needed",
  "5fff": "CODEC_NOT_CANONICAL indefinite length", "9fff": "CODEC_NOT_CANONICAL indefinite length",
  "1c": "CODEC_MALFORMED reserved head", "ff": "CODEC_MALFORMED reserved head", "": "CODEC_MALFORMED truncated",
  "4201": "CODEC_MALFORMED truncated", "5bffffffffffffffff00": "CODEC_MALFORMED truncated",
  "9bffffffffffffffff": "CODEC_MALFORMED truncated", "62c328": "CODEC_MALFORMED UTF-8", "63eda080": "CODEC_MALFORMED UTF-8",
  "1b8000000000000000": "CODEC_INTEGER", "3b7fffffffffffffff": "CODEC_INTEGER", "0000": "CODEC_TRAILING",
  [`${"81".repeat(17)}00`]: "CODEC_TOO_DEEP",
};

function forbiddenChecks() {
  const refused = Object.entries(FORBIDDEN).map(([text, code]) => [
    `cbor ${text.slice(0, 20) || "of nothing"} is refused`,
    () => same(refusal(() => client.decode(fromHex(text), 1_024)), code),
  ]);
  const bounds = () => {
    const integers = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n - 1n];
    for (const value of integers) {
      for (const item of [value, -value]) same(client.decode(client.encode(item), 9), Object.is(item, -0) ? 0 : item);
    }
    for (const item of [2 ** 53, 2n ** 63n, -(2n ** 63n)]) same(refusal(() => client.encode(item)), "CODEC_INTEGER");
    for (const item of [1.5, {}, undefined, NaN]) same(refusal(() => client.encode([item])), "CODEC_FORBIDDEN");
    same(refusal(() => client.encode("\ud800")), "CODEC_TEXT not Unicode");
    same(client.decode(client.encode("\ufeffa"), 9), "\ufeffa");
    same(refusal(() => client.decode(new Uint8Array(9), 8)), "CODEC_TOO_LARGE");
    same(refusal(() => client.decode(client.encode(Array(65_536).fill(0)), 2 ** 20)), "CODEC_TOO_MANY_ITEMS");
  };
  return [...refused, ["cbor bounds", bounds]];
}

function proofChecks({ genesis, files }) {
  const trusted = client.parseGenesis(new TextEncoder().encode(genesis));
  const trustOf = (file) => (file.trusted === null ? trusted : client.parseTrusted(file.trusted));
  const kept = files.map((file) => [
    `proof file ${file.name}`,
    () => {
      const proven = client.verifyProofFile(fromHex(file.bytes), trustOf(file));
      same(said(proven), Object.fromEntries(Object.keys(said(proven)).map((name) => [name, file[name]])));
    },
  ]);
  const bent = files.map((file) => [
    `proof file ${file.name} with another byte`,
    () => {
      const data = fromHex(file.bytes);
      for (let place = 0; place < data.length; place++) {
        data[place] ^= 1 << place % 8;
        const [code] = refusal(() => client.verifyProofFile(data, trustOf(file))).split(" ");
        same(code, "PROOF_INVALID", `byte ${place}`);
        data[place] ^= 1 << place % 8;
      }
    },
  ]);
  const elsewhere = () => {
    for (const file of files) {
      const other = file.trusted === null ? client.parseTrusted(`1:${"0".repeat(64)}`) : trusted;
      same(refusal(() => client.verifyProofFile(fromHex(file.bytes), other)), "PROOF_OTHER_TRUST");
    }
  };
  return [...kept, ...bent, ["proof files that begin elsewhere", elsewhere], ...forgedChecks(genesis, files)];
}

/** Files that somebody made who knows the format: the digest is right, and what they say is not. */
function forgedChecks(genesis, files) {
  const text = new TextEncoder();
  const partsOf = (name) => {
    const { bytes } = files.find((file) => file.name === name);
    return client.decode(fromHex(bytes), 2 ** 20).slice(0, -1);
  };
  const judged = (items, trusted = genesis) => {
    const data = client.encode([...items, client.sha256(client.encode(items))]);
    const trust = /^[0-9]+:/.test(trusted) ? client.parseTrusted(trusted) : client.parseGenesis(text.encode(trusted));
    return refusal(() => client.verifyProofFile(data, trust)).replace("PROOF_INVALID ", "");
  };
  const records = partsOf("records-from-genesis");
  const certified = (change) => records.with(3, [...records[3].slice(0, 3), change(records[3][3])]);
  const moved = ([[index, signature], ...votes]) => [[index, votes[0][1]], ...votes];
  const renamed = genesis.replace('"signed-1"', '"signed-2"');
  const later = files.find((file) => file.name === "records-from-a-block");
  const [, , base, , , , subject] = partsOf("records-from-a-block");
  const standing = [2, records[1], base, records[2], records[3], [], subject];
  const needless = records.with(4, [client.encode([records[2], records[3], base[1].slice(1)])]);
  const about = partsOf("accepted-from-genesis");
  const astray = about.with(6, about[6].with(5, [new Uint8Array(32)]));
  const expected = {
    "nothing changed": [judged(records), ""],
    "two of four validators": [judged(certified((votes) => votes.slice(1))), "CERTIFICATE_NO_QUORUM"],
    "one validator's vote for another's": [judged(certified(moved)), "SIG_INVALID"],
    "another genesis of that name": [judged(records, genesis.replace('"time_ms": 1', '"time_ms": 2')), "HEADER_WRONG_GENESIS"],
    "another chain": [judged(records, renamed), "another chain"],
    "a chain that names itself otherwise": [judged(records.with(1, "signed-2"), renamed), "HEADER_WRONG_CHAIN"],
    "a block that stands on itself": [judged(standing, later.trusted), "LINEAGE_ORDER"],
    "new validators that no header names": [judged(needless), "LINEAGE_VALIDATORS"],
    "no record where there is one": [judged(records.with(5, [[records[5][0][0], null, records[5][0][2]]])), "value"],
    "version 2 of version 1": [judged([2, records[1], null, ...records.slice(2, 5), [1, records[5]]]), "version 2 of what version 1 says"],
    "a key twice": [judged(records.with(5, [...records[5], records[5][0]])), "a key twice"],
    "a transaction that is not in its block": [judged(astray), "path too long"],
  };
  return Object.entries(expected).map(([name, [found, code]]) => [`a forged proof: ${name}`, () => same(found, code)]);
}

/** What a file proves, as the vectors say it. */
export function said(proven) {
  const about = proven.transaction;
  return {
    trusted: proven.base,
    proven: proven.block,
    changes: proven.changes,
    signers: proven.signers,
    values: Object.fromEntries(proven.values.map(([key, value]) => [toHex(key), value && toHex(value)])),
    transaction: about && { tx_id: toHex(about.transaction.txId), code: about.receipt.code },
  };
}
