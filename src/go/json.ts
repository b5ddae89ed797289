import { bad, ok, type Parsed } from "./parsed.ts";

/**
 * Parses JSON as Go's `encoding/json` does into an interface{}: rejects numbers out of range, replaces lone surrogates by U+FFFD. The error
 * includes the position.
 */
export function parseGoJson(text: string): Parsed<unknown> {
  if (isTooDeep(text)) return bad("exceeded max depth");
  try {
    const value: unknown = JSON.parse(text);
    if (HUGE.test(text) && isInfinite(value)) return bad("a number beyond the range of float64");
    return ok(text.includes("\\u") || !text.isWellFormed() ? wellFormed(value) : value);
  } catch {
    const { jsonFaultText }: typeof import("./json-fault.ts") = require("./json-fault.ts");
    return bad(jsonFaultText(text));
  }
}

/** The nesting depth that Go's JSON and YAML decoders accept. */
const MAX_DEPTH = 10_000;

/** Returns whether a JSON text is nested deeper than Go accepts. Each level takes two brackets, so a short text needs no check. */
export function isTooDeep(text: string): boolean {
  if (text.length <= 2 * MAX_DEPTH) return false;
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const mark = text[at];
    if (mark === '"') isText = !isText;
    else if (isText) at += mark === "\\" ? 1 : 0;
    else if (mark === "[" || mark === "{") depth++;
    else if (mark === "]" || mark === "}") depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Exponents or digits that may exceed a float64. */
const HUGE = /[eE]\+?\d{3}|\d{300}/;

function isInfinite(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  return typeof value === "object" && value !== null && Object.values(value).some(isInfinite);
}

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toWellFormed(), wellFormed(each)]));
}

/** Characters that Go escapes in JSON so that it is safe inside HTML. */
const HTML_ESCAPES: readonly (readonly [string, string])[] = [
  ["<", "\\u003c"],
  [">", "\\u003e"],
  ["&", "\\u0026"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
];

/** Escapes JSON like Go's encoder so that it is safe inside HTML. */
export function escapeHtml(json: string): string {
  let text = json;
  for (const [character, escaped] of HTML_ESCAPES) if (text.includes(character)) text = text.replaceAll(character, escaped);
  return text;
}

/** Returns whether a value is a JSON object, not an array. */
export function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** Returns the value at a path of member names and list indexes; undefined if there is none. */
export function valueAt(given: unknown, path: readonly string[]): unknown {
  let value = given;
  for (const step of path) value = isObject(value) ? value[step] : Array.isArray(value) ? value[Number(step)] : undefined;
  return value;
}

/** Returns a member by name, ignoring case, as Go fills a struct field: the last one that is not null. */
export function memberIgnoringCase(object: Readonly<Record<string, unknown>>, name: string): unknown {
  const folded = name.toLowerCase();
  return Object.entries(object).findLast(([key, value]) => value !== null && key.toLowerCase() === folded)?.[1];
}

/** Returns the kind of a JSON value as Go's error messages name it. */
export function kindOf(given: unknown): string {
  if (given === null) return "null";
  if (Array.isArray(given)) return "array";
  if (typeof given === "boolean") return "bool";
  return typeof given === "bigint" ? "number" : typeof given;
}

/** Formats compact JSON with object keys sorted by UTF-8 bytes: Go's `encoding/json` of a map, without HTML escapes. */
export function sortedJson(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members: string[] = [];
  for (const key of sortedUtf8(Object.keys(value))) {
    const member: unknown = value[key as keyof typeof value]; // one of its own keys
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${sortedJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Sorts texts by their UTF-8 bytes. */
export function sortedUtf8(texts: Iterable<string>): readonly string[] {
  const list = [...texts];
  // Without surrogates the runtime's default order is the same, and faster than a comparison function.
  return SURROGATE.test(list.join("")) ? list.sort(compareUtf8) : list.sort();
}

/** Compares texts by their UTF-8 bytes: negative, zero or positive. */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates encode code points above U+FFFF, so they sort after U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
