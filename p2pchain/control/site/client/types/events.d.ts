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
export function followEvents(client: import("./node_client.js").NodeClient, { from, module, follow, signal }?: {
    from?: number;
    module?: string;
    follow?: boolean;
    signal?: AbortSignal;
}): AsyncGenerator<ChainEvent, void, void>;
export type ChainEvent = {
    height: number;
    place: number;
    time_ms: number;
    tx_id: string;
    module: string;
    name: string;
    fields: any;
};
