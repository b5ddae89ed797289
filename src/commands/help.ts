import type { Flag } from "../cli/flag.ts";
import { SWITCHES, variableOf } from "../cli/switches.ts";
import type { Profile } from "../profiles/profile.ts";
import { type Command, commandsOf } from "./table.ts";

/** The help text of the program, or of one command, for a profile. */
export function helpText(program: string, command: Command | undefined, profile: Profile): string {
  return `${(command === undefined ? programHelp(program, profile) : commandHelp(program, command, profile)).join("\n")}\n`;
}

function programHelp(program: string, profile: Profile): readonly string[] {
  return [
    "Turns a container's environment into a running, well-kept Envoy.",
    "",
    `Usage: ${program} [--profile NAME] COMMAND [flags]`,
    "",
    "Commands:",
    ...commandsOf(profile).map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`),
    "",
    ...switchHelp(),
    "",
    `Flags of every command (profile ${profile.name}):`,
    ...profile.rootFlags.map(flagLine),
    "",
    `Run '${program} COMMAND --help' for the flags of a command.`,
  ];
}

function commandHelp(program: string, command: Command, profile: Profile): readonly string[] {
  const flags = command.flags(profile);
  return [
    `${command.summary}.`,
    ...command.details,
    "",
    `Usage: ${[program, command.name, command.arguments, "[flags]"].filter((word) => word !== "").join(" ")}`,
    ...(flags.length === 0 ? [] : ["", `Flags (profile ${profile.name}):`, ...flags.map(flagLine)]),
    "",
    "Flags of every command:",
    ...profile.rootFlags.map(flagLine),
    "",
    ...switchHelp(),
  ];
}

function switchHelp(): readonly string[] {
  return [
    "Switches of attache (the flag beats the variable):",
    ...SWITCHES.flatMap((flag) => [flagLine(flag), `${" ".repeat(30)}variable ${variableOf(flag.name)}`]),
  ];
}

function flagLine(flag: Flag): string {
  const name = `${flag.short === undefined ? "" : `-${flag.short}, `}--${flag.name}${flag.kind === "bool" ? "" : ` ${flag.kind === "int" ? "N" : "TEXT"}`}`;
  const fallback = flag.default === "" || flag.default === "false" ? "" : ` (default ${flag.default})`;
  return `  ${name.padEnd(28)}${name.length >= 28 ? " " : ""}${flag.help}${fallback}`;
}
