/**
 * Which characters a legal name may hold: all but these ranges (Unicode 15.1.0; `docs/formats.md`, section 8), whatever the
 * tables of a browser say. They are controls, separators but for the space, and what is drawn as nothing.
 */

const UNSEEN = [
  String.raw`\u{0}-\u{1f}\u{7f}-\u{a0}\u{ad}\u{34f}\u{600}-\u{605}\u{61c}\u{6dd}\u{70f}\u{890}-\u{891}\u{8e2}`,
  String.raw`\u{115f}-\u{1160}\u{1680}\u{17b4}-\u{17b5}\u{180b}-\u{180f}\u{2000}-\u{200f}\u{2028}-\u{202f}`,
  String.raw`\u{205f}-\u{206f}\u{3000}\u{3164}\u{d800}-\u{f8ff}\u{fdd0}-\u{fdef}\u{fe00}-\u{fe0f}\u{feff}`,
  String.raw`\u{ffa0}\u{fff0}-\u{fffb}\u{fffe}-\u{ffff}\u{110bd}\u{110cd}\u{13430}-\u{1343f}`,
  String.raw`\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{1fffe}-\u{1ffff}\u{2fffe}-\u{2ffff}\u{3fffe}-\u{3ffff}`,
  String.raw`\u{4fffe}-\u{4ffff}\u{5fffe}-\u{5ffff}\u{6fffe}-\u{6ffff}\u{7fffe}-\u{7ffff}\u{8fffe}-\u{8ffff}`,
  String.raw`\u{9fffe}-\u{9ffff}\u{afffe}-\u{affff}\u{bfffe}-\u{bffff}\u{cfffe}-\u{cffff}\u{dfffe}-\u{e0fff}`,
  String.raw`\u{efffe}-\u{10ffff}`,
].join("");
const LEGAL_NAME_CHARS_MAX = 256;
const FORBIDDEN = new RegExp(`[${UNSEEN}]`, "u");

/**
 * Accept 1 to 256 characters that can be seen, with no space at either end.
 * @param {string} text
 * @returns {boolean}
 */
export function isLegalName(text) {
  const characters = [...text].length;
  if (characters < 1 || characters > LEGAL_NAME_CHARS_MAX) return false;
  return !text.startsWith(" ") && !text.endsWith(" ") && !FORBIDDEN.test(text);
}
