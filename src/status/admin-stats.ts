import { unsignedInteger } from "../go/number.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";

/**
 * The value of a statistic in Envoy's text form: of the first line that begins with the name, so a longer name in front
 * wins. A name that does not occur is 0 (contract 1.6 §11.4, 1.30 §10.2).
 */
export function statOf(page: string, name: string): Parsed<number> {
  const line = page.split("\n").find((each) => each.startsWith(name));
  if (line === undefined) return ok(0);
  const parts = line.split(":");
  if (parts.length !== 2) return bad(`envoy stat ${name} missing separator. line:${line}`);
  const value = unsignedInteger((parts[1] ?? "").trim(), 10, 64);
  return typeof value === "bigint" ? ok(Number(value)) : bad(`failed parsing Envoy stat ${name} line: ${line}`);
}
