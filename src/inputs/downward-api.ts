import { unquote } from "../go/literal.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";

/** Pod labels or annotations, by key, in file order. */
export type PodTexts = ReadonlyMap<string, string>;

/**
 * A downward-API file: one `key="quoted"` a line, the value a Go string literal. Lines without `=` do not count,
 * a later key wins, one bad literal spoils the file (spec 1.6 §3.2, 1.30 §6.4).
 */
export function parseDownwardApi(text: string): Parsed<PodTexts> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at < 0) continue;
    const literal = line.slice(at + 1);
    const name = line.slice(0, at);
    const value = unquote(literal);
    if (value === undefined) return bad(`failed to unquote ${shown(name, literal)}: invalid syntax`);
    found.set(name, value);
  }
  return ok(found);
}

function shown(name: string, literal: string): string {
  const { secrecyOf }: typeof import("../secrets/secret-names.ts") = require("../secrets/secret-names.ts");
  return secrecyOf(name) === "open" ? literal : "***";
}
