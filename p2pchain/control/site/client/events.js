/** The events of a chain: each once, in order, over restarts of the node. */

import { Refused } from "./fault.js";
import { NodeUnreachable, TimedOut } from "./node_client.js";

/** @typedef {{ height: number, place: number, time_ms: number, tx_id: string, module: string, name: string, fields: any }} ChainEvent */

/** A node says something every 5 s; one that is silent for so long is taken for gone. */
const QUIET_MS = 20_000;
const AGAIN_MS = 500;
const LINE_CHARS_MAX = 16_777_216;

/**
 * Follow events, for ever or to the newest block. To be resumable, keep `height` and `place` of the last one that you
 * dealt with, begin at that height, and skip what is not above it.
 *
 * A node that goes away is asked again until it is back. Throws `Refused`: `HEIGHT_PRUNED` where events were missed.
 * @param {import("./node_client.js").NodeClient} client
 * @param {{ from?: number, module?: string, follow?: boolean, signal?: AbortSignal }} options without `from`: the newest 100
 *   blocks, or with `follow` those to come
 * @returns {AsyncGenerator<ChainEvent, void, void>}
 */
export async function* followEvents(client, { from, module, follow = true, signal } = {}) {
  let first = from;
  let seen = [0, -1];
  let reached = false;
  while (!signal?.aborted) {
    const query = { follow: Number(follow), ...(first !== undefined && { from: first }), ...(module !== undefined && { module }) };
    try {
      for await (const line of eventLines(client, query, signal)) {
        reached = true;
        if (!("tx_id" in line)) first = line.height + 1;
        else if (line.height > seen[0] || (line.height === seen[0] && line.place > seen[1])) {
          seen = [line.height, line.place];
          first = line.height;
          yield line;
        }
      }
    } catch (fault) {
      const isBehind = fault instanceof Refused && fault.code === "HEIGHT_UNKNOWN";
      const isAway = fault instanceof NodeUnreachable || fault instanceof TimedOut;
      if (!(follow && reached && (isBehind || isAway))) throw fault;
    }
    if (!follow) return;
    await new Promise((resume) => setTimeout(resume, AGAIN_MS));
  }
}

/**
 * The lines of one answer; throws `NodeUnreachable` where the node goes away, or is silent for too long.
 * @param {import("./node_client.js").NodeClient} client
 * @param {Record<string, any>} query
 * @param {AbortSignal | undefined} signal
 * @returns {AsyncGenerator<any, void, void>}
 */
async function* eventLines(client, query, signal) {
  const silence = new AbortController();
  const stop = () => silence.abort();
  signal?.addEventListener("abort", stop, { once: true });
  let timer = setTimeout(stop, QUIET_MS);
  try {
    const answer = await client.ask("/v1/events", { query, signal: silence.signal });
    const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(stop, QUIET_MS);
      const lines = (rest + part.value).split("\n");
      rest = /** @type {string} */ (lines.pop());
      if (rest.length > LINE_CHARS_MAX) throw new NodeUnreachable("NODE_UNREACHABLE", { reason: "a line without end" });
      for (const line of lines) yield JSON.parse(line);
    }
  } catch (error) {
    if (signal?.aborted) return;
    if (error instanceof Refused || error instanceof NodeUnreachable) throw error;
    throw new NodeUnreachable("NODE_UNREACHABLE", { reason: String(error) });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    silence.abort();
  }
}
