import type { JsonValue } from "../go/json-value.ts";

/** Returns a parsed JSON or YAML document as JSON: integers that are too large for a float64 become texts. */
export function asJson(document: unknown): JsonValue {
  // JSON.parse has no type; its result is a JSON value.
  return JSON.parse(JSON.stringify(document, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each))) as JsonValue;
}
