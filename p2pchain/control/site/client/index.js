/** The client of a p2pchain ledger for browsers and Node: build, sign, submit, follow, verify. */

export { fromHex, toHex } from "./bytes.js";
export { decode, encode } from "./cbor.js";
export { verifySignature } from "./ed25519.js";
export { followEvents } from "./events.js";
export { Fault, Invalid, Refused } from "./fault.js";
export { accountOf, genesisId, genesisValidators, parseGenesis } from "./genesis.js";
export { SigningKey, randomBytes } from "./keys.js";
export { merklePath, merkleRoot, verifyInclusion } from "./merkle.js";
export { NodeClient, NodeUnreachable, TimedOut } from "./node_client.js";
export { parseTrusted, verifyProofFile } from "./proof_file.js";
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
