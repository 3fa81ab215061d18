/**
 * Signed HTTP requests (RFC 9421) with the digest of their body (RFC 9530), as a node's gateway wants them.
 *
 * What is signed are lines of text; what accounts sign elsewhere are CBOR arrays, so no signature is one of both.
 */

import { toHex, utf8 } from "./bytes.js";
import { randomBytes } from "./keys.js";
import { sha256 } from "./sha2.js";

/** @typedef {import("./signing.js").Signer} Signer */

/**
 * @typedef {object} SignedParts
 * @property {[string, string][]} components names with their values, in their order
 * @property {[string, string | number][]} parameters in their order
 */

const LABEL = "sig1";
const TAG = "p2pchain";
const NONCE_BYTES = 16;
const LIFETIME_S = 60;

/**
 * The fields that sign a request: `signature-input`, `signature`, and of a body `content-digest`.
 *
 * The body has to be sent with exactly this content type, and each request be signed anew.
 * @param {Signer} signer the account's key
 * @param {{ method: string, url: string, contentType?: string, body?: Uint8Array }} request
 * @param {{ createdS?: number, nonce?: string }} [at] seconds since 1970, and a text that is used once
 * @returns {Promise<Record<string, string>>}
 */
export async function signedFields(signer, request, at = {}) {
  const { method, url, contentType, body } = request;
  const created = at.createdS ?? Math.floor(Date.now() / 1000);
  const digest = body && `sha-256=:${base64(sha256(body))}:`;
  const parts = {
    components: /** @type {[string, string][]} */ ([["@method", method], ["@target-uri", targetUri(url)]]),
    parameters: /** @type {[string, string | number][]} */ ([
      ["created", created],
      ["expires", created + LIFETIME_S],
      ["nonce", at.nonce ?? toHex(randomBytes(NONCE_BYTES))],
      ["keyid", toHex(signer.publicKey)],
      ["alg", "ed25519"],
      ["tag", TAG],
    ]),
  };
  if (digest) parts.components.push(["content-type", String(contentType)], ["content-digest", digest]);
  const signature = await signer.sign(signatureBase(parts));
  const fields = { "signature-input": `${LABEL}=${signatureParams(parts)}`, signature: `${LABEL}=:${base64(signature)}:` };
  return digest ? { ...fields, "content-digest": digest } : fields;
}

/**
 * The bytes that are signed (RFC 9421 §2.5).
 * @param {SignedParts} parts
 * @returns {Uint8Array}
 */
export function signatureBase(parts) {
  const lines = parts.components.map(([name, value]) => `"${name}": ${value}`);
  return utf8([...lines, `"@signature-params": ${signatureParams(parts)}`].join("\n"));
}

/**
 * @param {SignedParts} parts
 * @returns {string}
 */
function signatureParams({ components, parameters }) {
  const names = components.map(([name]) => `"${name}"`).join(" ");
  const stated = parameters.map(([name, value]) => `;${name}=${typeof value === "number" ? value : `"${value}"`}`);
  return `(${names})${stated.join("")}`;
}

/**
 * The target as a server puts it together again from `Host`, path and query: always of `https` (a gateway has no other).
 * @param {string} url
 * @returns {string}
 */
function targetUri(url) {
  const { host, pathname, search } = new URL(url);
  return `https://${host.replace(/:443$/, "")}${pathname}${search}`;
}

/**
 * @param {Uint8Array} data
 * @returns {string}
 */
function base64(data) {
  return btoa(String.fromCharCode(...data));
}
