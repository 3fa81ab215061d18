/** Checks of keys, of building transactions and of signed requests, for Node and for browsers. */

import * as client from "../../p2pchain/control/site/client/index.js";
import { same } from "./expect.js";

const { fromHex, toHex } = client;
const utf8 = (text) => new TextEncoder().encode(text);

/**
 * All checks, by name.
 * @param {Record<string, any>} vectors by the name of their file
 * @returns {[string, () => Promise<void>][]}
 */
export function signingChecks(vectors) {
  return [...keyChecks(vectors.ed25519_rfc8032), ...transactionChecks(vectors.codec), ...requestChecks()];
}

/** What a promise is refused with. */
async function refusal(promise) {
  try {
    await promise;
  } catch (fault) {
    return fault.code;
  }
  return "";
}

function keyChecks({ vectors }) {
  const signed = vectors.map(({ seed, public_key, message, signature }) => [
    `a key signs ${message.length / 2} bytes`,
    async () => {
      const key = await client.SigningKey.fromSeed(fromHex(seed));
      same(toHex(key.publicKey), public_key);
      same(toHex(await key.sign(fromHex(message))), signature);
    },
  ]);
  const [{ seed, public_key }] = vectors;
  const file = { format: "p2pchain/key", version: 1, kind: "account", public_key, protection: "none", seed };
  const read = (changed) => client.SigningKey.fromKeyFile(utf8(JSON.stringify({ ...file, ...changed })));
  const files = async () => {
    same(toHex((await read({})).publicKey), public_key);
    same(await refusal(read({ kind: "consensus" })), "KEY_KIND");
    same(await refusal(read({ protection: "scrypt-chacha20poly1305" })), "KEY_PASSPHRASE");
    same(await refusal(read({ public_key: "00".repeat(32) })), "KEY_DAMAGED");
    same(await refusal(read({ version: 2 })), "KEY_DAMAGED");
    same(await refusal(client.SigningKey.fromSeed(new Uint8Array(31))), "CODEC_LENGTH");
  };
  const fresh = async () => {
    const { key } = await client.SigningKey.generate();
    client.verifySignature(key.publicKey, await key.sign(utf8("a")), utf8("a"));
  };
  return [...signed, ["key files", files], ["a new key", fresh]];
}

/** Who signs the transactions of the vectors; a seed is the hash of a name. */
const SIGNERS = {
  "transaction": ["account bank-a"],
  "transaction of two signers": ["account bank-a", "account bank-b"],
  "transaction until a time": ["account buyer"],
};

function transactionChecks({ structures }) {
  return Object.entries(SIGNERS).map(([name, signers]) => [
    `the client builds the ${name}`,
    async () => {
      const expected = structures.find((each) => each.name === name).bytes;
      const { body } = client.decodeTransaction(fromHex(expected));
      const seeds = signers.map((signer) => client.sha256(utf8(`p2pchain vector ${signer}`)));
      const keys = await Promise.all(seeds.map(client.SigningKey.fromSeed));
      same(toHex((await client.buildTransaction({ ...body, signers: keys })).raw), expected);
      const other = await client.buildTransaction({ ...body, signers: keys, nonce: undefined });
      same(other.raw.length, expected.length / 2);
      same(toHex(other.raw) === expected, false);
    },
  ]);
}

/** RFC 9421 B.1.4 and B.2.6. */
const RFC_SEED = "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5";
const RFC_PARTS = {
  components: [
    ["date", "Tue, 20 Apr 2021 02:07:55 GMT"], ["@method", "POST"], ["@path", "/foo"], ["@authority", "example.com"],
    ["content-type", "application/json"], ["content-length", "18"],
  ],
  parameters: [["created", 1618884473], ["keyid", "test-key-ed25519"]],
};
const RFC_SIGNATURE = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";

const GATEWAY_SIGNATURE = "T7ufSBymubOGdJhZnPW0Ijh6q4HNLNDPZwY55a6GpEmpp77MUf4nxlxF6x3UatFi6nc5vf7QATCawdEEUCl/AQ==";

function requestChecks() {
  const vector = async () => {
    const key = await client.SigningKey.fromSeed(fromHex(RFC_SEED));
    const signature = await key.sign(client.signatureBase(RFC_PARTS));
    same(btoa(String.fromCharCode(...signature)), RFC_SIGNATURE);
  };
  /** The vector of docs/gateway.md. */
  const gateway = async () => {
    const key = await client.SigningKey.fromSeed(new Uint8Array(32).fill(7));
    const url = "https://node.bank-a.example:8443/v1/tx?wait=1";
    const body = utf8('{"hello": "world"}\n');
    const at = { createdS: 1767225600, nonce: "000102030405060708090a0b0c0d0e0f" };
    const fields = await client.signedFields(key, { method: "POST", url, contentType: "application/cbor", body }, at);
    same(fields.signature, `sig1=:${GATEWAY_SIGNATURE}:`);
  };
  const covered = async () => {
    const key = await client.SigningKey.fromSeed(fromHex(RFC_SEED));
    const at = { createdS: 1_800_000_000, nonce: "0123456789abcdef" };
    const url = "https://Node.Example:443/v1/tx?wait=1";
    const request = { method: "POST", url, contentType: "application/cbor", body: Uint8Array.of(1) };
    const fields = await client.signedFields(key, request, at);
    const [, params] = fields["signature-input"].split("sig1=");
    const digest = "sha-256=:S/USLzRFVMU73i67jNK349FgCtYxw4Wl18ziPHeFRZo=:";
    same(fields["content-digest"], digest);
    const lines = ['"@method": POST', '"@target-uri": https://node.example/v1/tx?wait=1'];
    const rest = ['"content-type": application/cbor', `"content-digest": ${digest}`, `"@signature-params": ${params}`];
    const signature = Uint8Array.from(atob(fields.signature.slice(6, -1)), (character) => character.charCodeAt(0));
    client.verifySignature(key.publicKey, signature, utf8([...lines, ...rest].join("\n")));
    same(params.split(";").slice(1, 4), ["created=1800000000", "expires=1800000060", 'nonce="0123456789abcdef"']);
  };
  return [["the vector of RFC 9421", vector], ["a signed request", covered], ["the vector of the gateway", gateway]];
}
