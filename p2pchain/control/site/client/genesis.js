/** Genesis: what all members agreed on before the first block, read from its JSON, and the id that all share. */

import { compare, fromHex } from "./bytes.js";
import { INTEGER_MAX, encode, kindOf } from "./cbor.js";
import { Invalid } from "./fault.js";
import * as field from "./fields.js";
import { isLegalName } from "./legal_name.js";
import { PARAMETER_NAMES, readParameters } from "./parameters.js";
import { sha256 } from "./sha2.js";
import { readJson } from "./strict_json.js";

/** @typedef {import("./strict_json.js").Json} Json */
/** @typedef {{ [name: string]: Json }} Members */
/** @typedef {{ name: string, publicKey: string, roles: string[] }} GenesisAccount keys in hexadecimal */
/** @typedef {{ name: string, peerKey: string, consensusKey: string | null, power: number }} GenesisNode */

/**
 * @typedef {object} GenesisOrganisation
 * @property {string} org
 * @property {string} legalName
 * @property {string[]} roles
 * @property {GenesisAccount[]} accounts
 * @property {GenesisNode[]} nodes
 */

/**
 * @typedef {object} Genesis
 * @property {string} chainId
 * @property {number | bigint} timeMs
 * @property {number[]} parameters in the order of `docs/formats.md`, section 8
 * @property {GenesisOrganisation[]} organisations
 */

const GENESIS_BYTES_MAX = 4_194_304;
const ORGANISATIONS_MAX = 1_024;
const ACCOUNTS_MAX = 1_024;
const NODES_MAX = 64;
const ROLES_MAX = 32;
const POWER_MAX = 2 ** 40;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const ORG = /^[a-z0-9-]{1,32}$/;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const ROLE = /^[a-z][a-z0-9_-]{0,31}$/;
const KEY = /^[0-9a-f]{64}$/;

/**
 * Parse the genesis in a JSON text, or throw `Invalid` naming the field.
 * @param {Uint8Array} data the bytes of genesis.json
 * @returns {Genesis}
 */
export function parseGenesis(data) {
  if (data.length > GENESIS_BYTES_MAX) {
    throw new Invalid("CODEC_TOO_LARGE", { bytes: data.length, bytes_max: GENESIS_BYTES_MAX });
  }
  const marked = BYTE_ORDER_MARK.every((octet, place) => data[place] === octet);
  const json = readJson(marked ? data.subarray(BYTE_ORDER_MARK.length) : data);
  const top = members(json, "genesis", ["chain_id", "time_ms", "organisations"], ["parameters"]);
  const organisations = list(top.organisations, 1, ORGANISATIONS_MAX, "organisations").map((part, place) =>
    readOrganisation(part, `organisations[${place}]`),
  );
  organisations.slice(1).forEach(({ org }, place) => {
    if (organisations[place].org < org) return;
    const hint = "list organisations in ascending order of their org";
    throw new Invalid("CODEC_ORDER", { field: `organisations[${place + 1}].org`, found: org }, hint);
  });
  const genesis = {
    chainId: field.chainId(top.chain_id, "chain_id"),
    timeMs: field.integer(/** @type {field.Value} */ (top.time_ms), 0, INTEGER_MAX, "time_ms"),
    parameters: readParameters(members(top.parameters ?? {}, "parameters", [], PARAMETER_NAMES)),
    organisations,
  };
  checkKeys(organisations);
  return genesis;
}

/**
 * The id of a genesis: SHA-256 over its meaning, not its text.
 * @param {Genesis} genesis
 * @returns {Uint8Array}
 */
export function genesisId({ chainId, timeMs, parameters, organisations }) {
  const listed = organisations.map(({ org, legalName, roles, accounts, nodes }) => [
    org,
    legalName,
    roles,
    accounts.map((account) => [account.name, fromHex(account.publicKey), account.roles]),
    nodes.map((node) => [
      node.name,
      fromHex(node.peerKey),
      node.consensusKey === null ? null : fromHex(node.consensusKey),
      node.power,
    ]),
  ]);
  return sha256(encode(["p2pchain/genesis", 1, chainId, timeMs, parameters, listed]));
}

/**
 * The validators of height 1, ascending by key.
 * @param {Genesis} genesis
 * @returns {import("./blocks.js").Validator[]}
 */
export function genesisValidators({ organisations }) {
  return organisations
    .flatMap(({ org, nodes }) => nodes.map((node) => ({ ...node, org })))
    .flatMap(({ consensusKey, power, org }) =>
      consensusKey === null ? [] : [{ publicKey: fromHex(consensusKey), power, org }],
    )
    .sort((one, other) => compare(one.publicKey, other.publicKey));
}

/**
 * Whose key it was at genesis; null where that is not known.
 * @param {Genesis} genesis
 * @param {string} publicKey in hexadecimal
 * @returns {{ org: string, name: string } | null}
 */
export function accountOf({ organisations }, publicKey) {
  for (const { org, accounts } of organisations) {
    const account = accounts.find((each) => each.publicKey === publicKey);
    if (account) return { org, name: account.name };
  }
  return null;
}

/**
 * @param {Json} item
 * @param {string} at
 * @returns {GenesisOrganisation}
 */
function readOrganisation(item, at) {
  const stated = members(item, at, ["org", "legal_name", "roles", "accounts", "nodes"], []);
  const accounts = list(stated.accounts, 0, ACCOUNTS_MAX, `${at}.accounts`);
  const nodes = list(stated.nodes, 0, NODES_MAX, `${at}.nodes`);
  const organisation = {
    org: matching(stated.org, ORG, "1 to 32 of a-z 0-9 -", `${at}.org`),
    legalName: legalName(stated.legal_name, `${at}.legal_name`),
    roles: readRoles(stated.roles, `${at}.roles`),
    accounts: accounts.map((part, place) => readAccount(part, `${at}.accounts[${place}]`)),
    nodes: nodes.map((part, place) => readNode(part, `${at}.nodes[${place}]`)),
  };
  distinct(organisation.accounts.map(({ name }) => name), `${at}.accounts[].name`);
  distinct(organisation.nodes.map(({ name }) => name), `${at}.nodes[].name`);
  organisation.accounts.forEach(({ roles }, place) => {
    const role = roles.find((each) => !organisation.roles.includes(each));
    if (role !== undefined) throw new Invalid("CODEC_ROLE", { field: `${at}.accounts[${place}].roles`, role });
  });
  return organisation;
}

/**
 * @param {Json} item
 * @param {string} at
 * @returns {GenesisAccount}
 */
function readAccount(item, at) {
  const stated = members(item, at, ["name", "public_key", "roles"], []);
  return {
    name: matching(stated.name, NAME, "1 to 64 of a-z 0-9 . _ -", `${at}.name`),
    publicKey: readKey(stated.public_key, `${at}.public_key`),
    roles: readRoles(stated.roles, `${at}.roles`),
  };
}

/**
 * @param {Json} item
 * @param {string} at
 * @returns {GenesisNode}
 */
function readNode(item, at) {
  const stated = members(item, at, ["name", "peer_key", "consensus_key", "power"], []);
  const validates = stated.consensus_key !== null;
  const power = /** @type {field.Value} */ (stated.power);
  return {
    name: matching(stated.name, NAME, "1 to 64 of a-z 0-9 . _ -", `${at}.name`),
    peerKey: readKey(stated.peer_key, `${at}.peer_key`),
    consensusKey: validates ? readKey(stated.consensus_key, `${at}.consensus_key`) : null,
    power: field.small(power, validates ? 1 : 0, validates ? POWER_MAX : 0, `${at}.power`),
  };
}

/** @param {GenesisOrganisation[]} organisations */
function checkKeys(organisations) {
  const nodes = organisations.flatMap((organisation) => organisation.nodes);
  const accounts = organisations.flatMap((organisation) => organisation.accounts);
  const keys = [
    ...accounts.map(({ publicKey }) => publicKey),
    ...nodes.map(({ peerKey }) => peerKey),
    ...nodes.flatMap(({ consensusKey }) => consensusKey ?? []),
  ];
  distinct(keys, "organisations[] keys");
  distinct(nodes.map(({ name }) => name), "nodes[].name");
  const found = nodes.filter(({ power }) => power > 0).length;
  if (found < 1 || found > field.VALIDATORS_MAX) {
    const facts = { field: "nodes[].consensus_key", found, low: 1, high: field.VALIDATORS_MAX };
    throw new Invalid("CODEC_LENGTH", facts, "1 to 100 nodes need a consensus key and power");
  }
}

/**
 * @param {Json} item
 * @param {string} at
 * @param {string[]} needed
 * @param {string[]} allowed
 * @returns {Members}
 */
function members(item, at, needed, allowed) {
  if (item === null || typeof item !== "object" || Array.isArray(item)) {
    throw new Invalid("CODEC_TYPE", { field: at, expected: "object", found: kindOf(item) });
  }
  const lacking = needed.find((name) => !(name in item));
  if (lacking !== undefined) throw new Invalid("CODEC_MISSING_FIELD", { field: `${at}.${lacking}` });
  const unknown = Object.keys(item).find((name) => !needed.includes(name) && !allowed.includes(name));
  if (unknown !== undefined) throw new Invalid("CODEC_UNKNOWN_FIELD", { field: `${at}.${unknown.slice(0, 64)}` });
  return item;
}

/**
 * @param {Json} item
 * @param {number} low
 * @param {number} high
 * @param {string} at
 * @returns {Json[]}
 */
function list(item, low, high, at) {
  return /** @type {Json[]} */ (field.array(/** @type {field.Value} */ (item), low, high, at));
}

/**
 * @param {Json} item
 * @param {RegExp} pattern
 * @param {string} expected
 * @param {string} at
 * @returns {string}
 */
function matching(item, pattern, expected, at) {
  if (typeof item !== "string") throw field.mistyped(item, "text", at);
  if (!pattern.test(item)) throw new Invalid("CODEC_TEXT", { field: at, expected, found: item.slice(0, 64) });
  return item;
}

/**
 * @param {Json} item
 * @param {string} at
 * @returns {string}
 */
function legalName(item, at) {
  const text = field.text(/** @type {field.Value} */ (item), 1, 256, at);
  if (!isLegalName(text)) throw new Invalid("CODEC_TEXT", { field: at, expected: "printable text" });
  return text;
}

/**
 * @param {Json} item
 * @param {string} at
 * @returns {string}
 */
function readKey(item, at) {
  return matching(item, KEY, "64 lower-case hexadecimal digits", at);
}

/**
 * @param {Json} item
 * @param {string} at
 * @returns {string[]}
 */
function readRoles(item, at) {
  const expected = "1 to 32 of a-z 0-9 _ -, a letter first";
  const roles = list(item, 0, ROLES_MAX, at).map((role, place) => matching(role, ROLE, expected, `${at}[${place}]`));
  distinct(roles, at);
  return roles;
}

/**
 * @param {string[]} names
 * @param {string} at
 */
function distinct(names, at) {
  const repeated = names.find((name, place) => names.indexOf(name) !== place);
  if (repeated !== undefined) throw new Invalid("CODEC_REPEATED", { field: at, found: repeated });
}
