import { isTooDeep } from "../go/json.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import { readPlainYaml } from "../go/plain-yaml.ts";

/** Loaded only for texts that are neither JSON nor plain: the YAML reader costs a start more than both. */
function yaml(): typeof import("../go/go-yaml.ts") {
  return require("../go/go-yaml.ts");
}

// The characters a YAML 1.1 reader refuses, wherever they stand (README of the recorded cases; yaml.v2's reader).
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const REFUSED = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;
// JSON in printable ASCII, as nearly every text is, needs none of the patterns around.
const UNUSUAL = /[^\t\n\r -~]/;
// Line breaks of YAML 1.1 that JSON takes for ordinary characters: they fold within a text, and end a key.
const FOREIGN_BREAK = /[\u0085\u2028\u2029]/;
// What YAML 1.1 reads in another way than JSON: integers that a number may not hold, zero with a sign, exponents beyond a float64 (a text), and a line break before a colon.
const OTHERWISE = /\d{16}|[:,[\s]-0[\s,}\]]|[:,[\s]-?\d[\d.]*[eE]\+?\d{3}|^\s*-?\d|"[ \t]*[\r\n]\s*:/;
// Escapes that YAML 1.1 refuses: surrogates, even in pairs, and the slash.
const FOREIGN_ESCAPE = /(?<!\\)(?:\\\\)*\\(?:u[dD][89a-fA-F]|\/)/;
// YAML looks for the colon of a key in 1024 characters.
const LONG_KEY = /"(?:[^"\\]|\\.){500,}"\s*:|"[ \t]{500,}:/;

/** Whether a text holds characters that upstream's YAML reader refuses. */
export function hasRefusedCharacters(text: string): boolean {
  return UNUSUAL.test(text) && REFUSED.test(text);
}

/**
 * A YAML 1.1 or JSON text as upstream reads it: first document only, duplicates last-wins (contract 1.6 §5.7, 1.30 §5.2).
 * JSON is read as JSON where that is the same; integers that a number does not hold are bigint.
 */
export function parseDocument(text: string): Parsed<unknown> {
  if (hasRefusedCharacters(text)) return bad("yaml: control characters are not allowed");
  const plain = text.startsWith("{") ? undefined : readPlainYaml(text);
  if (plain !== undefined) return ok(plain);
  const json = isReadOtherwise(text) ? undefined : jsonOf(text);
  return json === undefined ? yaml().parseYaml(text) : ok(json.value);
}

/** Whether YAML may read a text in another way than JSON does; said too often rather than too rarely. */
function isReadOtherwise(text: string): boolean {
  return (
    OTHERWISE.test(text) ||
    (text.includes("\\") && FOREIGN_ESCAPE.test(text)) ||
    // A tab begins no line of YAML outside of brackets.
    (text.includes("\t") && text.trim() !== text) ||
    (text.length > 1000 && LONG_KEY.test(text)) ||
    isTooDeep(text) ||
    (UNUSUAL.test(text) && FOREIGN_BREAK.test(text))
  );
}

/** Why a text cannot be read, with its place, for messages; `error` is what `parseDocument` says. */
export function faultIn(text: string, error: string): string {
  const { documentFault }: typeof import("./document-fault.ts") = require("./document-fault.ts");
  return documentFault(text, error, REFUSED.exec(text)?.index);
}

/** Line and column (from 1) of the value at a path, for messages. */
export function positionIn(text: string, path: readonly string[]): string {
  return placed(yaml().positionOf(text, path));
}

/** The same of the key at its end; of its value where a merge brings the key. */
export function keyPositionIn(text: string, path: readonly string[]): string {
  return placed(yaml().keyPositionOf(text, path) ?? yaml().positionOf(text, path));
}

function placed(found: { readonly line: number; readonly column: number } | undefined): string {
  return found === undefined ? "" : ` (line ${found.line}, column ${found.column})`;
}

function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
