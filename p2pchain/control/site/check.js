/** The page that checks a proof file: what is dropped or chosen is verified in this browser. */

import * as client from "./client/index.js";

const FILE_BYTES_MAX = 67_108_864;
const OPENING_BRACE = "{".charCodeAt(0);
const BYTE_ORDER_MARK = 0xef;

/** What is trusted and what is to be checked; null for what is not there yet. */
const given = { genesis: null, proof: null };
const words = new client.Words(await catalogue());
const part = (id) => document.getElementById(id);

part("genesis").addEventListener("change", (event) => take(event.target.files));
part("proof").addEventListener("change", (event) => take(event.target.files));
part("trusted").addEventListener("change", judge);
part("form").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("over");
});
document.addEventListener("dragleave", () => document.body.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  take(event.dataTransfer.files);
});
document.documentElement.dataset.ready = "yes";

/** Take files, each for what it is: a genesis is JSON, a proof is not. */
async function take(files) {
  for (const file of files) {
    if (file.size > FILE_BYTES_MAX) {
      show("bad", "Too large", [`${client.printable(file.name)} has ${file.size} bytes: no proof file is so large`]);
      return;
    }
    const data = new Uint8Array(await file.arrayBuffer());
    if (data[0] === OPENING_BRACE || data[0] === BYTE_ORDER_MARK) readGenesis(data);
    else given.proof = data;
  }
  judge();
}

/** Keep a genesis, and say its id. */
function readGenesis(data) {
  try {
    const genesis = client.parseGenesis(data);
    given.genesis = genesis;
    part("genesis-id").textContent = `Chain ${genesis.chainId}, genesis ${client.toHex(client.genesisId(genesis))}`;
  } catch (fault) {
    given.genesis = null;
    part("genesis-id").textContent = `This is no genesis: ${client.printable(faultText(fault))}`;
  }
}

/** Judge what is there, once both are. */
function judge() {
  if (given.proof === null) return;
  const noted = part("trusted").value.trim();
  if (noted === "" && given.genesis === null) {
    show("", "Say what you trust", ["The file is here. Choose the genesis of the chain, or write the block that you noted."]);
    return;
  }
  try {
    const proven = client.verifyProofFile(given.proof, noted === "" ? given.genesis : client.parseTrusted(noted));
    checkGenesis(proven);
    const lines = client.proofLines(proven, words, given.genesis);
    const isRefused = proven.transaction !== null && !proven.transaction.accepted;
    show(isRefused ? "bad" : "good", isRefused ? "Proven: the transaction was refused" : "Proven", lines);
  } catch (fault) {
    const isOther = fault.code === "PROOF_OTHER_TRUST" || fault.code === "TRUSTED_INVALID";
    show("bad", isOther ? "Not for what you trust" : "This proves nothing", [faultText(fault)], fault.hint);
  }
}

/** A block and a genesis that are both trusted are of one chain. */
function checkGenesis(proven) {
  if (given.genesis === null) return;
  const own = client.toHex(client.genesisId(given.genesis));
  if (own !== client.toHex(proven.genesisId)) {
    const facts = { begins: "a block of another genesis", trusted: `genesis ${own}` };
    throw new client.Invalid("PROOF_OTHER_TRUST", facts, "the block and the genesis are of two chains");
  }
}

/** Show a verdict; what others wrote goes in as text alone. */
function show(kind, word, lines, hint = "") {
  const items = lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = client.printable(line.trimStart());
    if (line.startsWith("  ")) item.className = "within";
    return item;
  });
  part("verdict").className = kind;
  part("verdict-word").textContent = word;
  part("lines").replaceChildren(...items);
  part("next").textContent = client.printable(hint ?? "");
  part("verdict").hidden = false;
  part("verdict-word").focus();
}

/** What a fault says. */
function faultText(fault) {
  return fault instanceof client.Fault ? fault.message : String(fault);
}

/** The words of the node's modules; without them values are shown as they stand on the wire. */
async function catalogue() {
  try {
    const answer = await fetch("catalogue.json");
    return answer.ok ? await answer.json() : client.NO_WORDS;
  } catch {
    return client.NO_WORDS;
  }
}
