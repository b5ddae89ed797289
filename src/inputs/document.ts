import { bad, ok, type Parsed } from "../go/parsed.ts";
import { readPlainYaml } from "../go/plain-yaml.ts";

/** Loaded only for texts that are neither JSON nor plain: the YAML library costs 4 ms on the start path. */
function yaml(): typeof import("../go/go-yaml.ts") {
  return require("../go/go-yaml.ts");
}

// The characters a YAML 1.1 reader refuses, wherever they stand (README of the recorded cases; yaml.v2's reader).
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const REFUSED = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;
// Escapes of JSON that YAML 1.1 does not have: surrogates and the slash.
const FOREIGN_ESCAPE = /(?<!\\)(?:\\\\)*\\(?:u[dD][89a-fA-F]|\/)/;
// JSON in printable ASCII, as nearly every text is, needs none of the patterns around.
const UNUSUAL = /[^\t\n\r -~]/;
// Integers that a number may not hold: YAML keeps them.
const LONG_DIGITS = /\d{16}/;
// Line breaks of YAML 1.1 that JSON takes for ordinary characters.
const FOREIGN_BREAK = /[\u0085\u2028\u2029]/;

/** Whether a text holds characters that upstream's YAML reader refuses. */
export function hasRefusedCharacters(text: string): boolean {
  return UNUSUAL.test(text) && REFUSED.test(text);
}

/**
 * A YAML 1.1 or JSON text as upstream reads it: first document only, duplicates last-wins (spec 1.6 §5.7, 1.30 §5.2).
 * JSON is read as JSON, with the refusals that YAML adds; integers that a number does not hold are bigint.
 */
export function parseDocument(text: string): Parsed<unknown> {
  if (hasRefusedCharacters(text)) return bad("yaml: control characters are not allowed");
  const plain = text.startsWith("{") ? undefined : readPlainYaml(text);
  if (plain !== undefined) return ok(plain);
  const json = LONG_DIGITS.test(text) ? undefined : jsonOf(text);
  if (json === undefined) return yaml().parseYaml(text);
  return text.includes("\\") && FOREIGN_ESCAPE.test(text)
    ? bad("yaml: found an escape that YAML 1.1 does not have (\\/ or half of a surrogate pair)")
    : ok(json.value);
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
    return { value: JSON.parse(UNUSUAL.test(text) && FOREIGN_BREAK.test(text) ? foldBreaks(text) : text) };
  } catch {
    return undefined;
  }
}

/** Quoted text of a flow scalar over several YAML lines: blanks around a break go, a next-line mark becomes a blank. */
function foldBreaks(text: string): string {
  return text.replace(/[ \t]*([\u0085\u2028\u2029])[ \t]*/g, (_, found: string) => (found === "\u0085" ? " " : found));
}
