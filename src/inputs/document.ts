import { isTooDeep } from "../go/json.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import { readPlainYaml } from "../go/plain-yaml.ts";
import type { Position } from "../go/text-position.ts";

/** Loaded only for texts that are neither JSON nor plain YAML: the full YAML parser is the largest cost of a start. */
function yaml(): typeof import("../go/go-yaml.ts") {
  return require("../go/go-yaml.ts");
}

// Characters that a YAML 1.1 parser rejects anywhere (README of the recorded cases; the reader of yaml.v2).
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;
// Printable ASCII, which nearly every JSON text is, needs none of the checks below.
const UNUSUAL = /[^\t\n\r -~]/;
// Line breaks of YAML 1.1 that are ordinary characters in JSON: YAML folds them inside a string, and they end a key.
const YAML_BREAK = /[\u0085\u2028\u2029]/;
// Texts that YAML 1.1 reads differently from JSON: integers beyond a float64's precision, a signed zero, exponents beyond a float64 (a
// string), and a line break before a colon.
const DIFFERENT_IN_YAML = /\d{16}|[:,[\s]-0[\s,}\]]|[:,[\s]-?\d[\d.]*[eE]\+?\d{3}|^\s*-?\d|"[ \t]*[\r\n]\s*:/;
// Escapes that YAML 1.1 rejects: surrogates, even in pairs, and the slash.
const INVALID_ESCAPE = /(?<!\\)(?:\\\\)*\\(?:u[dD][89a-fA-F]|\/)/;
// YAML expects the colon of a key within 1024 characters.
const LONG_KEY = /"(?:[^"\\]|\\.){500,}"\s*:|"[ \t]{500,}:/;

/** Returns whether a text contains characters that upstream's YAML parser rejects. */
export function hasForbiddenCharacters(text: string): boolean {
  return UNUSUAL.test(text) && FORBIDDEN.test(text);
}

/**
 * Parses YAML 1.1 or JSON as upstream does: first document only, the last duplicate wins (contract 1.6 §5.7, 1.30 §5.2). Uses the JSON
 * parser where the result is the same. Integers beyond a float64's precision are bigint.
 */
export function parseDocument(text: string): Parsed<unknown> {
  if (hasForbiddenCharacters(text)) return bad("yaml: control characters are not allowed");
  const plain = text.startsWith("{") ? undefined : readPlainYaml(text);
  if (plain !== undefined) return ok(plain);
  // Most YAML is no JSON from its first characters on, so this comes before the checks, which read all of a text.
  const json = jsonOf(text);
  return json === undefined || differsInYaml(text) ? yaml().parseYaml(text) : ok(json.value);
}

/** Returns whether YAML may read a JSON text differently; may be true for a text that it reads the same. */
function differsInYaml(text: string): boolean {
  return (
    DIFFERENT_IN_YAML.test(text) ||
    (text.includes("\\") && INVALID_ESCAPE.test(text)) ||
    // A line of YAML cannot start with a tab outside of brackets.
    (text.includes("\t") && text.trim() !== text) ||
    (text.length > 1000 && LONG_KEY.test(text)) ||
    isTooDeep(text) ||
    (UNUSUAL.test(text) && YAML_BREAK.test(text))
  );
}

/** Returns why a text cannot be read, with the position; `error` is from `parseDocument`. */
export function faultIn(text: string, error: string): string {
  const { documentFault }: typeof import("./document-fault.ts") = require("./document-fault.ts");
  return documentFault(text, error, FORBIDDEN.exec(text)?.index);
}

/** Returns where a text cannot be read, without showing it; `error` is from `parseDocument`. */
export function faultPositionIn(text: string, error: string): Position | undefined {
  const { faultPosition }: typeof import("./document-fault.ts") = require("./document-fault.ts");
  return faultPosition(text, error, FORBIDDEN.exec(text)?.index);
}

/** Returns line and column (from 1) of the value at a path; undefined where the text has none. */
export function positionOf(text: string, path: readonly string[]): Position | undefined {
  return yaml().positionOf(text, path);
}

/** Returns line and column of the key at a path; undefined if it is an item of a list or comes from a merge. */
export function keyPositionOf(text: string, path: readonly string[]): Position | undefined {
  return yaml().keyPositionOf(text, path);
}

/** Returns the same as a message has it: in parentheses, or empty. */
export function positionIn(text: string, path: readonly string[]): string {
  return formatPosition(positionOf(text, path));
}

/** Returns line and column of the key at a path; of its value if the key comes from a merge. */
export function keyPositionIn(text: string, path: readonly string[]): string {
  return formatPosition(yaml().keyPositionOf(text, path) ?? yaml().positionOf(text, path));
}

function formatPosition(found: Position | undefined): string {
  return found === undefined ? "" : ` (${positionText(found)})`;
}

/** Returns a position as messages show it. */
export function positionText({ line, column }: Position): string {
  return `line ${line}, column ${column}`;
}

function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
