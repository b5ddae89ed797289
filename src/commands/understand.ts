import { canonicalWords, type UnknownFlag } from "../cli/canonical-words.ts";
import { findCommand } from "../cli/find-command.ts";
import type { Flag, FlagTable } from "../cli/flag.ts";
import { flagValues } from "../cli/flag-values.ts";
import { logOptions } from "../cli/log-options.ts";
import { nearest } from "../cli/nearest.ts";
import { readSwitches, switchWords, variableOf } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import { type Choice, chooseProfile, profileNames } from "../profiles/choose.ts";
import type { Invocation } from "../profiles/invocation.ts";
import { COMMANDS, type Command, commandsOf, HELP_FLAG, rootFlags, VERSION_FLAG } from "./table.ts";

/** A command line, understood. */
export type Understood =
  | {
      readonly kind: "help";
      readonly command?: Command;
      readonly choice: Choice;
      /** Whether the version is asked for too, as the first line. */
      readonly version?: boolean;
      readonly notices: readonly Notice[];
    }
  | {
      readonly kind: "command";
      readonly command: Command;
      readonly choice: Choice;
      /** Its flags are those of the command, which alone knows their names. */
      readonly invocation: Invocation<FlagTable>;
      readonly positionals: readonly string[];
      readonly notices: readonly Notice[];
    };

/** What the words ask for. `program` is the name messages use. @throws UsageError with every mistake in the words */
export function understand(argv: readonly string[], environment: Environment, program: string): Understood {
  const choice = chooseProfile(profileFlag(argv), environment);
  const root = rootFlags(choice.profile);
  const commands = commandsOf(choice.profile);
  const found = findCommand(
    argv,
    root,
    commands.map(({ name }) => name),
  );
  if (found.unknown !== undefined) throw unknownCommand(found.unknown, program, commands);
  const command = commands.find(({ name }) => name === found.name);
  if (command === undefined) return helpAlone(found.words, environment, choice, program);
  const table = [...root, ...command.flags(choice.profile)];
  const words = canonicalWords(found.words, table);
  if (command.name === "help") return helpOn(words.positionals[0], choice, program);
  // A flag that cannot be read is told first, as pflag reads all of them before it knows of --help.
  if (words.help && words.errors.length === 0 && flagValues(words.flags, table).errors.length === 0)
    return { kind: "help", command, choice, notices: [] };
  const { values, errors } = flagValues([...switchWords(environment), ...words.flags], table);
  const { switches, errors: wrong } = readSwitches(values);
  const log = logOptions(values, choice.profile.logLevels);
  const refused = switches.strict || !command.tolerant ? words.unknown : [];
  const mistakes = [
    ...words.errors,
    ...[...errors, ...wrong].map((error) => withVariable(error, words.flags, environment)),
    ...(log.ok ? [] : [log.error]),
    ...refused.map(({ flag }) => unknownFlag(flag, table)),
  ];
  if (!log.ok || mistakes.length > 0) throw new UsageError(mistakes, `Run '${program} help ${command.name}' for its flags`);
  return {
    kind: "command",
    command,
    choice,
    invocation: { profile: choice.profile, role: words.positionals[0], flags: values, switches, log: log.value },
    positionals: words.positionals,
    notices: [...profileNotices(choice), ...unknownNotices(words.unknown, table), ...surplusNotices(words.positionals, command)],
  };
}

/** --profile counts wherever it stands, before the table of the profile's flags is known. */
export function profileFlag(argv: readonly string[]): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < argv.length && argv[at] !== "--"; at++) {
    const word = argv[at] ?? "";
    if (word === "--profile") found = argv[at + 1] === "--" ? undefined : argv[at + 1];
    else if (word.startsWith("--profile=")) found = word.slice("--profile=".length);
  }
  return found;
}

function helpOn(name: string | undefined, choice: Choice, program: string): Understood {
  if (name === undefined) return { kind: "help", choice, notices: [] };
  const command = commandsOf(choice.profile).find((each) => each.name === name);
  if (command === undefined) throw unknownCommand(name, program, commandsOf(choice.profile));
  return { kind: "help", command, choice, notices: [] };
}

/** Words without a command: help, with the version where it is asked for. @throws UsageError as for a command */
function helpAlone(argv: readonly string[], environment: Environment, choice: Choice, program: string): Understood {
  const table = [...rootFlags(choice.profile), VERSION_FLAG];
  const words = canonicalWords(argv, table);
  const { values, errors } = flagValues([...switchWords(environment), ...words.flags], table);
  const refused = values.bool("strict") ? words.unknown : [];
  const mistakes = [
    ...words.errors,
    ...errors.map((error) => withVariable(error, words.flags, environment)),
    ...refused.map(({ flag }) => unknownFlag(flag, table)),
  ];
  if (mistakes.length > 0) throw new UsageError(mistakes, usageHint(program));
  return {
    kind: "help",
    choice,
    version: values.bool("version"),
    notices: [...profileNotices(choice), ...unknownNotices(words.unknown, table)],
  };
}

function unknownFlag(flag: string, table: readonly Flag[]): string {
  return `unknown flag: ${flag}${suggestion(flag, table)}`;
}

function unknownCommand(word: string, program: string, commands: readonly Command[]): UsageError {
  const near = nearest(
    word,
    commands.map(({ name }) => name),
  );
  const isOther = COMMANDS.some(({ name }) => name === word);
  const hint = isOther ? "; it exists in another profile" : near === undefined ? "" : `; did you mean ${near}?`;
  return new UsageError(`unknown command "${word}" for "${program}"${hint}`, usageHint(program));
}

function usageHint(program: string): string {
  return `Run '${program} --help' for usage.`;
}

function suggestion(flag: string, table: readonly Flag[]): string {
  const near = nearest(
    flag.replace(/^-+/, ""),
    [...table, HELP_FLAG].map(({ name }) => name),
  );
  return near === undefined ? "" : `; did you mean --${near}?`;
}

/** A name no profile has is no reason to refuse, as a contract can be chosen without it. */
function profileNotices({ unknown, profile }: Choice): readonly Notice[] {
  if (unknown === undefined) return [];
  const { origin, name } = unknown;
  return [
    {
      level: "warn",
      text: `Ignoring ${origin} "${name}", using profile ${profile.name}: valid profiles are ${profileNames().join(" and ")}`,
    },
  ];
}

/** One line for all unknown flags: what was ignored, what went with it, and what was perhaps meant. */
function unknownNotices(unknown: readonly UnknownFlag[], table: readonly Flag[]): readonly Notice[] {
  if (unknown.length === 0) return [];
  const said = unknown.map(
    ({ flag, swallowed }) => `${flag}${swallowed === undefined ? "" : ` with "${swallowed}"`}${suggestion(flag, table)}`,
  );
  return [{ level: "warn", text: `Ignoring unknown flags: ${said.join(", ")} (--strict refuses them)` }];
}

/** The release followed passes over words that a command does not read; a person may have meant something by them. */
function surplusNotices(words: readonly string[], { name, most = words.length, arguments: usage }: Command): readonly Notice[] {
  if (words.length <= most) return [];
  return [
    { level: "warn", text: `Ignoring "${words.slice(most).join(" ")}": ${name} takes ${usage === "" ? "no arguments" : `only ${usage}`}` },
  ];
}

/** Names the variable a bad value comes from, where it does not stand on the command line. */
function withVariable(error: string, flags: readonly string[], environment: Environment): string {
  const [, name = ""] = /--([a-z-]+)/.exec(error) ?? [];
  const value = environment.get(variableOf(name));
  const isNamed = value !== undefined && error.includes(JSON.stringify(value)) && !flags.includes(`--${name}=${value}`);
  return isNamed ? `${error} (${variableOf(name)})` : error;
}
