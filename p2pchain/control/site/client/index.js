/** The client of a p2pchain ledger for browsers and Node: build, sign, submit, follow, verify. */

/** @typedef {import("./blocks.js").Header} Header */
/** @typedef {import("./cbor.js").Value} Value */
/** @typedef {import("./events.js").ChainEvent} ChainEvent */
/** @typedef {import("./genesis.js").Genesis} Genesis */
/** @typedef {import("./proof_file.js").Proven} Proven */
/** @typedef {import("./proof_file.js").TrustedBlock} TrustedBlock */
/** @typedef {import("./record_words.js").Catalogue} Catalogue */
/** @typedef {import("./signing.js").Signer} Signer */
/** @typedef {import("./transaction.js").Operation} Operation */
/** @typedef {import("./transaction.js").Receipt} Receipt */
/** @typedef {import("./transaction.js").Transaction} Transaction */

export { fromHex, toHex } from "./bytes.js";
export { decode, encode } from "./cbor.js";
export { verifySignature } from "./ed25519.js";
export { followEvents } from "./events.js";
export { Fault, Invalid, Refused } from "./fault.js";
export { accountOf, genesisId, genesisValidators, parseGenesis } from "./genesis.js";
export { SigningKey, randomBytes } from "./keys.js";
export { merklePath, merkleRoot, verifyInclusion } from "./merkle.js";
export { NodeClient, NodeUnreachable, TimedOut } from "./node_client.js";
export { keyText, proofLines } from "./proof_words.js";
export { parseTrusted, verifyProofFile } from "./proof_file.js";
export { NO_WORDS, Words } from "./record_words.js";
export { signatureBase, signedFields } from "./request_signature.js";
export { sha256 } from "./sha2.js";
export { buildTransaction } from "./signing.js";
export { stateRoot, verifyStateProof } from "./state_proof.js";
export {
  assembleTransaction,
  decodeReceipt,
  decodeTransaction,
  encodeBody,
  transactionSignBytes,
} from "./transaction.js";
export { printable } from "./value_words.js";
