import { unquote } from "../go/literal.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";

/** Pod labels or annotations by key, in file order. */
export type PodTexts = ReadonlyMap<string, string>;

/**
 * Parses a downward API file: one `key="quoted"` per line, the value a Go string literal. Lines without `=` are ignored, the last duplicate
 * wins, one bad literal invalidates the file (contract 1.6 §3.2, 1.30 §6.4). Calls `skipped` for ignored lines that are not empty.
 */
export function parseDownwardApi(text: string, skipped?: (line: string, number: number) => void): Parsed<PodTexts> {
  const found = new Map<string, string>();
  let number = 0;
  for (const line of text.split("\n")) {
    number++;
    const at = line.indexOf("=");
    if (at < 0) {
      if (line !== "") skipped?.(line, number);
      continue;
    }
    const literal = line.slice(at + 1);
    const name = line.slice(0, at);
    const value = unquote(literal);
    if (value === undefined) return bad(unquoted(name, literal, number));
    found.set(name, value);
  }
  return ok(found);
}

/** Returns why a value is not a literal, with its position, and the value unless its name marks it as secret. */
function unquoted(name: string, literal: string, line: number): string {
  const { secrecyOf }: typeof import("../secrets/secret-names.ts") = require("../secrets/secret-names.ts");
  const { truncate }: typeof import("../go/display-text.ts") = require("../go/display-text.ts");
  const hint = literal.endsWith("\r") ? "; lines must end with LF, not CRLF" : "";
  const text = secrecyOf(name) === "open" ? truncate(literal.replace("\r", "\\r")) : "***";
  return `failed to unquote ${text}: invalid syntax (line ${line}, column ${name.length + 2})${hint}`;
}
