/**
 * Accept 1 to 256 characters that can be seen, with no space at either end.
 * @param {string} text
 * @returns {boolean}
 */
export function isLegalName(text: string): boolean;
