import { bad, ok, type Parsed } from "../go/parsed.ts";

/**
 * JSON as Go's `encoding/json` reads it into an open value: numbers out of range are refused, lone surrogates become
 * U+FFFD. The error names the position where the runtime's message has one.
 */
export function parseGoJson(text: string): Parsed<unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return ok(/\\u[dD][89a-fA-F]|[\ud800-\udfff]/.test(text) ? wellFormed(value) : value);
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

/** JSON text with the characters escaped that Go escapes inside it for HTML's sake. */
export function htmlSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
