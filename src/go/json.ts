import { bad, ok, type Parsed } from "./parsed.ts";

/**
 * JSON as Go's `encoding/json` reads it into an open value: numbers out of range are refused, lone surrogates become
 * U+FFFD. The error names the place.
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

/** How many levels Go's readers of JSON and YAML take. */
const MAX_DEPTH = 10_000;

/** Whether a JSON text has more levels than Go reads; each takes two brackets, so a text of the usual length is not looked at. */
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

/** An exponent or digits that may be more than a float64 holds. */
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

/** What Go escapes in JSON for HTML's sake. */
const HTML: readonly (readonly [string, string])[] = [
  ["<", "\\u003c"],
  [">", "\\u003e"],
  ["&", "\\u0026"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
];

/** JSON with the characters escaped that Go escapes inside it for HTML's sake. */
export function htmlSafe(json: string): string {
  let text = json;
  for (const [character, escaped] of HTML) if (text.includes(character)) text = text.replaceAll(character, escaped);
  return text;
}

/** A JSON object, and no array. */
export function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** A member by its name in any case, as Go fills the field of a struct: the last one counts that is not null. */
export function memberInAnyCase(object: Readonly<Record<string, unknown>>, name: string): unknown {
  const folded = name.toLowerCase();
  return Object.entries(object).findLast(([key, value]) => value !== null && key.toLowerCase() === folded)?.[1];
}

/** The kind of a JSON value as Go names it in its refusals. */
export function kindOf(given: unknown): string {
  if (given === null) return "null";
  if (Array.isArray(given)) return "array";
  if (typeof given === "boolean") return "bool";
  return typeof given === "bigint" ? "number" : typeof given;
}

/** Compact JSON, the keys of every object in the order of their UTF-8 bytes: Go's `encoding/json` of a map, without its HTML escapes. */
export function sortedJson(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([key, member]) => `${JSON.stringify(key)}:${sortedJson(member)}`);
  return `{${members.join(",")}}`;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Texts in the order of their UTF-8 bytes. */
export function sortedUtf8(texts: Iterable<string>): readonly string[] {
  const list = [...texts];
  // Without surrogates the runtime's own order is the same, and does not run a function for each pair.
  return SURROGATE.test(list.join("")) ? list.sort(compareUtf8) : list.sort();
}

/** Negative, zero or positive as `a` stands before, at or after `b` in the order of UTF-8 bytes. */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates belong to code points above U+FFFF, so they stand after U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
