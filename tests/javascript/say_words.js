/**
 * Puts things into words, one JSON object a line on the standard input, after a first line with the catalogue and the genesis; values come as
 * CBOR in hexadecimal. Writes the words of each as a line of JSON.
 */

import { createInterface } from "node:readline";

import * as client from "../../p2pchain/control/site/client/index.js";

const values = (hex) => client.decode(client.fromHex(hex), 2 ** 20);
let words = null;
let genesis = null;

const SAY = {
  operation: ({ module, name, values: hex }) => words.operation({ module, action: name, args: values(hex) }),
  event: ({ module, name, values: hex }) => words.event({ module, name, fields: values(hex) }),
  records: ({ records }) => {
    const said = words.records(records.map(([key, value]) => [client.fromHex(key), value === null ? null : values(value)]));
    return Object.fromEntries([...said].sort(([one], [other]) => (one < other ? -1 : 1)));
  },
  proof: ({ bytes, trusted }) => {
    const trust = trusted === null ? genesis : client.parseTrusted(trusted);
    return client.proofLines(client.verifyProofFile(client.fromHex(bytes), trust), words, genesis);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const item = JSON.parse(line);
  if (words === null) {
    words = new client.Words(item.catalogue);
    genesis = client.parseGenesis(new TextEncoder().encode(item.genesis));
  } else process.stdout.write(`${JSON.stringify(SAY[item.what](item))}\n`);
}
