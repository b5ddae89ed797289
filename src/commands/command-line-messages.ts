import type { CanonicalArguments, UnknownFlag } from "../cli/canonical-arguments.ts";
import type { FlagTable } from "../cli/flag.ts";
import { nearest } from "../cli/nearest.ts";
import type { Notice } from "../common/notice.ts";
import { type Choice, profileNames } from "../profiles/choose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Command } from "./command.ts";
import { HELP_FLAG } from "./flags.ts";
import { COMMANDS } from "./table.ts";

/** Returns the refusal of a flag that is not in a table. */
export function unknownFlag(flag: string, table: FlagTable): string {
  return `unknown flag: ${flag}${suggestion(flag, table)}`;
}

/** Returns the refusal of a word in the place of a command. */
export function unknownCommand(word: string, near: string | undefined, program: string): string {
  const isOther = COMMANDS.some(({ name }) => name === word);
  const hint = isOther ? "; it exists in another profile" : near === undefined ? "" : `; did you mean ${near}?`;
  return `unknown command "${word}" for "${program}"${hint}`;
}

function suggestion(flag: string, table: FlagTable): string {
  const near = nearest(
    flag.replace(/^-+/, ""),
    [...table, HELP_FLAG].map(({ name }) => name),
  );
  return near === undefined ? "" : `; did you mean --${near}?`;
}

/** Returns what is odd about a command line that is not refused. */
export function noticesOf(
  { unknown, positionals }: Pick<CanonicalArguments, "unknown" | "positionals">,
  table: FlagTable,
  choice: Choice,
  command?: Command,
): readonly Notice[] {
  const texts: string[] = [];
  if (choice.unknown !== undefined) texts.push(unknownProfile(choice.unknown, choice.profile));
  if (unknown.length > 0) texts.push(unknownFlags(unknown, table));
  if (command?.maxPositionals !== undefined && positionals.length > command.maxPositionals)
    texts.push(surplus(positionals.slice(command.maxPositionals), command));
  return texts.map((text) => ({ level: "warn", text }));
}

/** A profile that no release has is no reason to refuse, as a contract can be chosen without it. */
function unknownProfile({ origin, name }: NonNullable<Choice["unknown"]>, profile: Profile): string {
  return `Ignoring ${origin} "${name}", using profile ${profile.name}: valid profiles are ${profileNames().join(" and ")}`;
}

/** One warning for all unknown flags: what was ignored, what went with it, and what was perhaps meant. */
function unknownFlags(unknown: readonly UnknownFlag[], table: FlagTable): string {
  const flags = unknown.map(({ flag, value }) => `${flag}${value === undefined ? "" : ` with "${value}"`}${suggestion(flag, table)}`);
  return `Ignoring unknown flags: ${flags.join(", ")} (--strict refuses them)`;
}

/** Arguments that a command does not read are ignored as the release does; a person may have meant something by them. */
function surplus(positionals: readonly string[], { name, arguments: usage }: Command): string {
  return `Ignoring "${positionals.join(" ")}": ${name} takes ${usage === "" ? "no arguments" : `only ${usage}`}`;
}
