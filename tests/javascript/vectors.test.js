/** Runs the checks of the vectors in Node: `node --test tests/javascript`. */

import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { signingChecks } from "./signing_checks.js";
import { VECTORS, vectorChecks } from "./vector_checks.js";

const folder = new URL("../vectors/", import.meta.url);
const read = async (name) => [name, JSON.parse(await readFile(new URL(`${name}.json`, folder), "utf8"))];
const vectors = Object.fromEntries(await Promise.all(VECTORS.map(read)));
for (const [name, check] of [...vectorChecks(vectors), ...signingChecks(vectors)]) test(name, check);
