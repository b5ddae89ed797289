import { bad, ok, type Parsed } from "../go/parsed.ts";

/**
 * JSON as Go's `encoding/json` reads it into an open value: numbers out of range are refused, lone surrogates become
 * U+FFFD. The error names the position where the runtime's message has one.
 */
export function parseGoJson(text: string): Parsed<unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return ok(text.includes("\\u") || !text.isWellFormed() ? wellFormed(value) : value);
  } catch (error) {
    return bad(error instanceof Error ? error.message.replace(/^JSON Parse error: /, "") : String(error));
  }
}

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toWellFormed(), wellFormed(each)]));
}

/** What Go escapes in JSON for HTML's sake. */
const HTML: readonly (readonly [string, string])[] = [
  ["<", "\\u003c"],
  [">", "\\u003e"],
  ["&", "\\u0026"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
];

/** JSON text with the characters escaped that Go escapes inside it for HTML's sake. */
export function htmlSafeJson(value: unknown): string {
  let text = JSON.stringify(value);
  for (const [character, escaped] of HTML) if (text.includes(character)) text = text.replaceAll(character, escaped);
  return text;
}
