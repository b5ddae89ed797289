import { ok, type Parsed } from "../go/parsed.ts";
import { parseDocument } from "./document.ts";

/**
 * Parses a document that Envoy reads: JSON by the rules of JSON, not by those of YAML, which fold some characters of its strings, and
 * anything else as YAML. Integers beyond a float64's precision are bigint.
 */
export function parseExact(text: string): Parsed<unknown> {
  try {
    return ok(JSON.parse(text, exactNumber));
  } catch {
    return parseDocument(text);
  }
}

function exactNumber(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  return typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
