/**
 * Judges proof files that stand on the standard input, one JSON object `{bytes, trusted}` a line after a first line with the
 * genesis, and writes one line of JSON for each: what is proven, or the code and the reason.
 */

import { createInterface } from "node:readline";

import * as client from "../../p2pchain/control/site/client/index.js";
import { said } from "./vector_checks.js";

/** Signatures that were judged before: mutated files share most of theirs. */
const judged = new Map();

function check(publicKey, signature, message) {
  const name = [publicKey, signature, client.sha256(message)].map(client.toHex).join();
  if (!judged.has(name)) judged.set(name, refused(() => client.verifySignature(publicKey, signature, message)));
  const fault = judged.get(name);
  if (fault !== null) throw fault;
}

function refused(call) {
  try {
    call();
  } catch (fault) {
    return fault;
  }
  return null;
}

function verdict(genesis, { bytes, trusted }) {
  const trust = trusted === null ? genesis : client.parseTrusted(trusted);
  try {
    return { proven: said(client.verifyProofFile(client.fromHex(bytes), trust, check)) };
  } catch (fault) {
    if (!(fault instanceof client.Fault)) throw fault;
    return { code: fault.code, reason: fault.facts.reason ?? null };
  }
}

let genesis = null;
for await (const line of createInterface({ input: process.stdin })) {
  const item = JSON.parse(line);
  if (genesis === null) genesis = client.parseGenesis(new TextEncoder().encode(item.genesis));
  else process.stdout.write(`${JSON.stringify(verdict(genesis, item))}\n`);
}
