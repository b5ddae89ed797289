import type { JsonValue } from "../go/json-value.ts";

/** Returns a parsed JSON or YAML document as JSON: integers that are too large for a float64 become texts. */
export function asJson(document: unknown): JsonValue {
  // JSON.parse has no type; its result is a JSON value.
  return JSON.parse(JSON.stringify(document, bigintAsText)) as JsonValue;
}

/** Replaces an integer that is too large for a float64 by its text, as an argument of `JSON.stringify`. */
export function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
