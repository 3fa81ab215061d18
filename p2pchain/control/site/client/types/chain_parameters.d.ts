/** Made by `python -m tests.module_pages`: change the parameters there, not here. */
/** Name to lowest, highest and default, in the order in which a genesis id counts them.
 * @type {Record<string, number[]>} */
export const PARAMETERS: Record<string, number[]>;
/** Pairs of which the first must not exceed the second. */
export const ORDERED: string[][];
