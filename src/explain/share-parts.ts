import { isObject } from "../go/json.ts";
import type { JsonObject, JsonValue } from "../go/json-value.ts";
import { bigintAsText } from "./as-json.ts";

/** Returns a value as plain JSON. Parts that are equal to parts of earlier values are the same objects, so comparing them costs nothing. */
export type ShareParts = (value: object) => JsonObject;

/** The depth to which parts are shared: below it, most of what differs is small. */
const DEPTH = 3;

/** Returns a function that shares the parts of the documents it makes: plans of almost the same inputs are almost equal. */
export function partSharing(): ShareParts {
  const known = new Map<string, JsonValue>();
  const share = (value: unknown, depth: number): JsonValue | undefined => {
    const text = plainJson(value);
    if (text === undefined) return undefined;
    const found = known.get(text);
    if (found !== undefined) return found;
    // JSON.parse has no type; its result is a JSON value.
    const made = isObject(value) && depth > 0 ? shareMembers(value, depth - 1) : (JSON.parse(text) as JsonValue);
    known.set(text, made);
    return made;
  };
  const shareMembers = (value: object, depth: number): JsonObject =>
    Object.fromEntries(
      Object.entries(value).flatMap(([name, member]) => {
        const shared = share(member, depth);
        return shared === undefined ? [] : [[name, shared] as const];
      }),
    );
  return (value) => shareMembers(value, DEPTH);
}

/** Returns a value as JSON: without functions, and with numbers that are too large for JSON as texts. */
function plainJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, bigintAsText);
  }
}
