/**
 * Accept 1 to 256 characters that can be seen, with no space at either end.
 * @param {string} text
 * @returns {boolean}
 */
export function isLegalName(text: string): boolean;
/**
 * Text of strangers as it may be shown: a space for every character that is drawn as nothing or turns the line.
 * @param {string} text
 * @returns {string}
 */
export function printable(text: string): string;
