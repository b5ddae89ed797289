/** Characters that a terminal may interpret, or that make it show others in another order. Line breaks and tabs are kept. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Returns an answer whose names may come from any file, such that a terminal does not interpret them. The escapes are those of JSON, so a
 * document in JSON keeps its meaning.
 */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
