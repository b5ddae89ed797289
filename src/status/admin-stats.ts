import { unsignedInteger } from "../go/number.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";

/**
 * Reads a statistic from Envoy's text format: the first line that starts with the name, even if its name is longer. A missing one is 0
 * (contract 1.6 §11.4, 1.30 §10.2).
 */
export function statOf(page: string, name: string): Parsed<number> {
  const line = page.split("\n").find((each) => each.startsWith(name));
  if (line === undefined) return ok(0);
  const parts = line.split(":");
  if (parts.length !== 2) return bad(`envoy stat ${name} missing separator. line:${line}`);
  const value = unsignedInteger((parts[1] ?? "").trim(), 10, 64);
  return typeof value === "bigint" ? ok(Number(value)) : bad(`failed parsing Envoy stat ${name} line: ${line}`);
}
