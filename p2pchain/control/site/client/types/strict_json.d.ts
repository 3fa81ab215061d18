/**
 * Parse a text, or throw `Invalid("CODEC_JSON")`.
 * @param {Uint8Array} data UTF-8
 * @returns {Json}
 */
export function readJson(data: Uint8Array): Json;
export type Json = string | number | bigint | boolean | any[] | {
    [name: string]: Json;
} | null;
