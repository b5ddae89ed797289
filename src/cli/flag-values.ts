import minimist from "minimist";
import { parseDuration } from "../go/duration.ts";
import { parseBool, parseInteger, parseUint16 } from "../go/number.ts";
import { ok, type Parsed } from "../go/parsed.ts";
import type { Flag, FlagArgument, FlagTable, FlagValues } from "./flag.ts";

/** A value that a flag does not accept. */
export interface FlagError {
  readonly flag: string;
  readonly value: string;
  readonly message: string;
}

/**
 * Returns the values of arguments; `errors` have pflag's messages for values of the wrong type (contract 1.6 §1.7). minimist
 * reads all values as strings; types and defaults come from the table.
 */
export function flagValues<Table extends FlagTable>(
  given: readonly FlagArgument[],
  table: Table,
): { readonly values: FlagValues<Table>; readonly errors: readonly FlagError[] } {
  const defaults = new Map<string, string>();
  for (const flag of table) defaults.set(flag.name, flag.default);
  const written = minimist(
    given.map(({ name, value }) => `--${name}=${value}`),
    { string: [...defaults.keys()] },
  );
  const textsOf = (name: string): readonly string[] => {
    const texts = written[name];
    return texts === undefined ? [] : typeof texts === "string" ? [texts] : texts;
  };
  const last = (name: string): string => {
    const texts = textsOf(name);
    return texts[texts.length - 1] ?? defaults.get(name) ?? "";
  };
  const errors: FlagError[] = [];
  for (const flag of table)
    if (flag.kind !== "string" && flag.kind !== "strings") for (const text of textsOf(flag.name)) errors.push(...typeError(flag, text));
  return {
    errors,
    values: {
      string: last,
      int: (name: string) => valueOr(parseInteger(last(name), 0, 64), 0),
      bool: (name: string) => valueOr(parseBool(last(name)), false),
      strings: (name: string) => (written[name] === undefined ? [last(name)] : textsOf(name)),
      given: (name: string) => written[name] !== undefined,
    },
  };
}

function valueOr<T>(parsed: Parsed<T>, fallback: T): T {
  return parsed.ok ? parsed.value : fallback;
}

function typeError(flag: Flag, text: string): readonly FlagError[] {
  const parsed = parseKind(flag.kind, text);
  return parsed.ok
    ? []
    : [{ flag: flag.name, value: text, message: `invalid argument "${text}" for "--${flag.name}" flag: ${parsed.error}` }];
}

function parseKind(kind: Flag["kind"], text: string): Parsed<unknown> {
  switch (kind) {
    case "bool":
      return parseBool(text);
    case "int":
      return parseInteger(text, 0, 64);
    case "int32":
      return parseInteger(text, 10, 32);
    case "uint16":
      return parseUint16(text);
    case "duration":
      return parseDuration(text);
    default:
      return ok(text);
  }
}
