import type { CanonicalArguments, UnknownFlag } from "../cli/canonical-arguments.ts";
import type { FlagTable } from "../cli/flag.ts";
import { nearest } from "../cli/nearest.ts";
import type { Notice } from "../common/notice.ts";
import { type Choice, profileNames, profiles } from "../profiles/choose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Command } from "./command.ts";
import { HELP_FLAG } from "./flags.ts";

/** Returns the error for an unknown flag. */
export function unknownFlag(flag: string, table: FlagTable): string {
  return `unknown flag: ${flag}${suggestion(flag, table)}`;
}

/** Returns the error for an unknown command. */
export function unknownCommand(
  name: string,
  near: string | undefined,
  { program, commands }: { readonly program: string; readonly commands: readonly Command[] },
): string {
  const other = commands.find((each) => each.name === name);
  const hint = other !== undefined ? `; ${onlyIn(other)}` : near === undefined ? "" : `; did you mean ${near}?`;
  return `unknown command "${name}" for "${program}"${hint}`;
}

/** Returns the names of the profiles that have a command. */
export function profilesWith({ isIn }: Command): readonly string[] {
  return profiles().flatMap((profile) => ((isIn?.(profile) ?? true) ? [profile.name] : []));
}

/** Returns which profiles have a command that not all of them have. */
function onlyIn(command: Command): string {
  const names = profilesWith(command);
  const [last] = names.slice(-1);
  return names.length === 1 ? `only the profile ${last} has it` : `only the profiles ${names.slice(0, -1).join(", ")} and ${last} have it`;
}

/** Returns the name of the flag that is probably meant. */
export function nearestFlag(flag: string, table: FlagTable): string | undefined {
  return nearest(
    flag.replace(/^-+/, ""),
    [...table, HELP_FLAG].map(({ name }) => name),
  );
}

function suggestion(flag: string, table: FlagTable): string {
  const near = nearestFlag(flag, table);
  return near === undefined ? "" : `; did you mean --${near}?`;
}

/** Returns the warnings about a command line that is not refused. */
export function noticesOf(
  { unknown, positionals }: Pick<CanonicalArguments, "unknown" | "positionals">,
  table: FlagTable,
  choice: Choice,
  command?: Pick<Command, "name" | "arguments" | "maxPositionals" | "follows">,
): readonly Notice[] {
  const texts: string[] = [];
  if (choice.unknown !== undefined) texts.push(unknownProfile(choice.unknown, choice.profile));
  const unrecorded = unrecordedRelease(choice, command);
  if (unrecorded !== undefined) texts.push(unrecorded);
  if (unknown.length > 0) texts.push(unknownFlags(unknown, table));
  if (command?.maxPositionals !== undefined && positionals.length > command.maxPositionals)
    texts.push(surplus(positionals.slice(command.maxPositionals), command));
  return texts.map((text) => ({ level: "warn", text }));
}

/** An unknown profile is only a warning, as the profile can be chosen without it. */
function unknownProfile({ origin, name }: NonNullable<Choice["unknown"]>, profile: Profile): string {
  return `Ignoring ${origin} "${name}", using profile ${profile.name}: valid profiles are ${profileNames().join(", ")}`;
}

/** Returns what to say if a command follows another contract than that of the image, whose release was not recorded. */
export function unrecordedRelease(choice: Choice, command: Pick<Command, "follows"> | undefined): string | undefined {
  if (choice.unrecorded === undefined || command?.follows === undefined) return undefined;
  const { unrecordedText }: typeof import("../profiles/unrecorded.ts") = require("../profiles/unrecorded.ts");
  return unrecordedText(choice, command.follows);
}

/** Returns one warning for all unknown flags: flag, the argument taken as its value, and a suggestion. */
function unknownFlags(unknown: readonly UnknownFlag[], table: FlagTable): string {
  const flags = unknown.map(({ flag, value }) => `${flag}${value === undefined ? "" : ` with "${value}"`}${suggestion(flag, table)}`);
  return `Ignoring unknown flags: ${flags.join(", ")} (--strict refuses them)`;
}

/** Returns the warning about arguments that a command ignores, as the release does. */
function surplus(positionals: readonly string[], { name, arguments: usage }: Pick<Command, "name" | "arguments">): string {
  return `Ignoring "${positionals.join(" ")}": ${name} takes ${usage === "" ? "no arguments" : `only ${usage}`}`;
}
