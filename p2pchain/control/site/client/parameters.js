/** The chain's parameters as a genesis states them. */

import { ORDERED, PARAMETERS } from "./chain_parameters.js";
import { Invalid } from "./fault.js";
import * as field from "./fields.js";

/** @type {Map<string, number[]>} */
const BOUNDS = new Map(Object.entries(PARAMETERS));

/** Names of all parameters, in their order. */
export const PARAMETER_NAMES = [...BOUNDS.keys()];

/**
 * All values in their order, those that are not named at their defaults; `Invalid` names the field.
 * @param {{ [name: string]: import("./strict_json.js").Json }} stated
 * @returns {number[]}
 */
export function readParameters(stated) {
  const values = new Map([...BOUNDS].map(([name, [, , standard]]) => [name, standard]));
  for (const [name, value] of Object.entries(stated)) {
    const [low, high] = /** @type {number[]} */ (BOUNDS.get(name));
    values.set(name, field.small(/** @type {field.Value} */ (value), low, high, `parameters.${name}`));
  }
  for (const [lesser, greater] of ORDERED) {
    const found = Number(values.get(lesser));
    const high = Number(values.get(greater));
    if (found > high) throw new Invalid("CODEC_RANGE", { field: `parameters.${lesser}`, found, high, bound: greater });
  }
  return [...values.values()];
}
