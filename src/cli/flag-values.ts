import minimist from "minimist";
import { parseBool, parseInteger } from "../go/number.ts";
import type { Parsed } from "../go/parsed.ts";
import type { Flag, FlagValues } from "./flag.ts";

/** The values of canonical words; `errors` are pflag's texts for values of the wrong type (spec 1.6 §1.7). */
export function flagValues(
  words: readonly string[],
  table: readonly Flag[],
): { readonly values: FlagValues; readonly errors: readonly string[] } {
  const parsed = minimist([...words], { string: table.map((flag) => flag.name) });
  const written = new Map<string, readonly string[]>();
  for (const flag of table) {
    const found: unknown = parsed[flag.name];
    if (found !== undefined) written.set(flag.name, (Array.isArray(found) ? found : [found]).map(String));
  }
  const errors = table.flatMap((flag) => (written.get(flag.name) ?? []).flatMap((text) => typeError(flag, text)));
  const last = (name: string): string => written.get(name)?.at(-1) ?? table.find((flag) => flag.name === name)?.default ?? "";
  return {
    errors,
    values: {
      string: last,
      int: (name) => valueOr(parseInteger(last(name), 0, 64), 0),
      bool: (name) => valueOr(parseBool(last(name)), false),
      strings: (name) => written.get(name) ?? [last(name)],
      given: (name) => written.has(name),
    },
  };
}

function valueOr<T>(parsed: Parsed<T>, fallback: T): T {
  return parsed.ok ? parsed.value : fallback;
}

function typeError(flag: Flag, text: string): readonly string[] {
  if (flag.kind === "string" || flag.kind === "strings") return [];
  const parsed: Parsed<unknown> = flag.kind === "int" ? parseInteger(text, 0, 64) : parseBool(text);
  return parsed.ok ? [] : [`invalid argument "${text}" for "--${flag.name}" flag: ${parsed.error}`];
}
