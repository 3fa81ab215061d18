/**
 * All values in their order, those that are not named at their defaults; `Invalid` names the field.
 * @param {{ [name: string]: import("./strict_json.js").Json }} stated
 * @returns {number[]}
 */
export function readParameters(stated: {
    [name: string]: import("./strict_json.js").Json;
}): number[];
/** Names of all parameters, in their order. */
export const PARAMETER_NAMES: string[];
