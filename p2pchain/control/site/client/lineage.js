/** From validators that are trusted to a header, by commit certificates alone. */

import { same, toHex } from "./bytes.js";
import { precommitSignBytes, totalPower, validatorsHash } from "./blocks.js";
import { Invalid } from "./fault.js";

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
export function proveFinal(final, links, origin, check) {
  let { below, first: members } = origin;
  const top = final.header.height;
  /** @type {Validator[] | null} */
  let certified = null;
  if (top <= below) throw new Invalid("LINEAGE_ORDER", { height: top, after: below });
  for (const link of links) {
    const { height, nextValidatorsHash } = link.final.header;
    if (height <= below || height > top) throw new Invalid("LINEAGE_ORDER", { height, after: below });
    below = height;
    if (height === top) certified = accept(final, members, origin, check);
    accept(link.final, members, origin, check);
    match(height, "next_validators_hash", nextValidatorsHash, link.following);
    members = link.following;
  }
  return certified ?? accept(final, members, origin, check);
}

/**
 * Accept precommits of more than 2/3 of the power. Throws `Invalid`: `VALIDATOR_UNKNOWN`, `CERTIFICATE_NO_QUORUM`,
 * `SIG_INVALID`.
 * @param {string} chainId
 * @param {import("./blocks.js").Certificate} certificate its signatures ascend by index
 * @param {Validator[]} members
 * @param {Check} check
 * @returns {void}
 */
export function verifyCommit(chainId, certificate, members, check) {
  const what = "commit certificate";
  let power = 0;
  for (const [index] of certificate.signatures) {
    if (index >= members.length) throw new Invalid("VALIDATOR_UNKNOWN", { what, index, validators: members.length });
    power += members[index].power;
  }
  const total = totalPower(members);
  if (3 * power <= 2 * total) {
    const facts = { what, height: certificate.height, power, total_power: total };
    throw new Invalid("CERTIFICATE_NO_QUORUM", facts);
  }
  const message = precommitSignBytes(chainId, certificate);
  for (const [index, signature] of certificate.signatures) check(members[index].publicKey, signature, message);
}

/**
 * Accept that validators are those that a header names.
 * @param {number | bigint} height
 * @param {string} field
 * @param {Uint8Array} stated
 * @param {Validator[]} members
 */
function match(height, field, stated, members) {
  const computed = validatorsHash(members);
  if (!same(stated, computed)) {
    throw new Invalid("LINEAGE_VALIDATORS", { height, field, stated: toHex(stated), found: toHex(computed) });
  }
}

/**
 * @param {FinalHeader} final
 * @param {Validator[]} members
 * @param {Origin} origin
 * @param {Check} check
 * @returns {Validator[]}
 */
function accept({ header, certificate }, members, { chainId, genesisId }, check) {
  if (header.chainId !== chainId) {
    throw new Invalid("HEADER_WRONG_CHAIN", { expected: chainId, found: header.chainId });
  }
  if (!same(header.genesisId, genesisId)) {
    throw new Invalid("HEADER_WRONG_GENESIS", { expected: toHex(genesisId), found: toHex(header.genesisId) });
  }
  match(header.height, "validators_hash", header.validatorsHash, members);
  verifyCommit(chainId, certificate, members, check);
  return members;
}
