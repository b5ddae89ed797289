import type { Argument } from "../cli/argument.ts";
import { type CanonicalArguments, canonicalArguments } from "../cli/canonical-arguments.ts";
import type { FlagArgument, FlagTable, FlagValues } from "../cli/flag.ts";
import { type FlagError, flagValues } from "../cli/flag-values.ts";
import { type LogOptions, logOptions } from "../cli/log-options.ts";
import { switchArguments } from "../cli/switches.ts";
import type { Parsed } from "../go/parsed.ts";
import type { Environment } from "../inputs/environment.ts";
import type { Choice } from "../profiles/choose.ts";
import { rootFlags } from "./flags.ts";

/** What decides how arguments are read. */
export interface ReadingContext {
  readonly choice: Choice;
  readonly environment: Environment;
}

/** Arguments, read by a table of flags. */
export interface Reading extends CanonicalArguments {
  /** The values of flags, those of variables first. */
  readonly given: readonly FlagArgument[];
  readonly table: FlagTable;
  readonly values: FlagValues<FlagTable>;
  readonly wrong: readonly FlagError[];
  readonly log: Parsed<LogOptions>;
}

/** Reads arguments by the flags of every command and those of one. */
export function readArguments(all: readonly Argument[], flags: FlagTable, { choice: { profile }, environment }: ReadingContext): Reading {
  const table = [...rootFlags(profile), ...flags];
  const canonical = canonicalArguments(all, table);
  const given = [...switchArguments(environment), ...canonical.flags];
  const { values, errors } = flagValues(given, table);
  return { ...canonical, given, table, values, wrong: errors, log: logOptions(values, profile.logLevels) };
}

/** Returns the value of --profile, wherever it is; needed before the flags of the profile are known. */
export function profileFlag(all: readonly Argument[]): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < all.length; at++) {
    const argument = all[at];
    if (argument === undefined || argument.kind === "end") break;
    if (argument.kind !== "long" || argument.name !== "profile") continue;
    const next = all[at + 1];
    found = argument.value ?? (next?.kind === "end" ? undefined : next?.text);
  }
  return found;
}

/** Returns the errors in arguments, apart from unknown flags; `further` ones come last. */
export function errorsIn(reading: Reading, further: readonly string[]): readonly string[] {
  return [...reading.errors, ...reading.wrong.map((error) => messageOf(error, reading)), ...further];
}

/** Returns the message of an error, with the variable that gives the value. */
export function messageOf(error: FlagError, reading: Reading): string {
  const variable = variableOf(error, reading);
  return variable === undefined ? error.message : `${error.message} (${variable})`;
}

/** Returns the variable that gives a value; undefined where the command line gives it, too. */
export function variableOf({ flag, value }: FlagError, { given }: Reading): string | undefined {
  return given.findLast((each) => each.name === flag && each.value === value)?.variable;
}
