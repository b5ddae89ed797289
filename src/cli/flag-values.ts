import { parseBool, parseInteger } from "../go/number.ts";
import type { Parsed } from "../go/parsed.ts";
import type { Flag, FlagTable, FlagValues } from "./flag.ts";

/** The values of canonical words; `errors` are pflag's texts for values of the wrong type (contract 1.6 §1.7). */
export function flagValues<Table extends FlagTable>(
  words: readonly string[],
  table: Table,
): { readonly values: FlagValues<Table>; readonly errors: readonly string[] } {
  const written = new Map<string, string[]>();
  for (const word of words) {
    const at = word.indexOf("=");
    const name = word.slice(2, at);
    const texts = written.get(name);
    if (texts === undefined) written.set(name, [word.slice(at + 1)]);
    else texts.push(word.slice(at + 1));
  }
  const defaults = new Map<string, string>();
  const errors: string[] = [];
  for (const flag of table) {
    defaults.set(flag.name, flag.default);
    if (flag.kind === "string" || flag.kind === "strings") continue;
    for (const text of written.get(flag.name) ?? []) errors.push(...typeError(flag, text));
  }
  const last = (name: string): string => {
    const texts = written.get(name);
    return texts?.[texts.length - 1] ?? defaults.get(name) ?? "";
  };
  return {
    errors,
    values: {
      string: last,
      int: (name: string) => valueOr(parseInteger(last(name), 0, 64), 0),
      bool: (name: string) => valueOr(parseBool(last(name)), false),
      strings: (name: string) => written.get(name) ?? [last(name)],
      given: (name: string) => written.has(name),
    },
  };
}

function valueOr<T>(parsed: Parsed<T>, fallback: T): T {
  return parsed.ok ? parsed.value : fallback;
}

function typeError(flag: Flag, text: string): readonly string[] {
  const parsed: Parsed<unknown> =
    flag.kind === "bool" ? parseBool(text) : flag.kind === "int" ? parseInteger(text, 0, 64) : parseInteger(text, 10, 32);
  return parsed.ok ? [] : [`invalid argument "${text}" for "--${flag.name}" flag: ${parsed.error}`];
}
