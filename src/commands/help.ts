import type { Flag } from "../cli/flag.ts";
import type { LogOptions } from "../cli/log-options.ts";
import { SWITCHES, TIMES, variableOf } from "../cli/switches.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Command, RunnableCommand } from "./command.ts";
import type { HelpRequest } from "./command-line.ts";
import { examplesFor } from "./examples.ts";
import { HELP_FLAG, VERSION_FLAG } from "./flags.ts";
import type { Host } from "./host.ts";
import { reportNotices } from "./report-notices.ts";
import { commandsOf } from "./table.ts";
import { wrapped } from "./wrapped.ts";

/** The usual width of a terminal, and the column at which the text of a flag begins. */
const WIDTH = 80;
const COLUMN = 32;

/** Names of values that are more specific than the kind of the flag. */
const VALUES: Readonly<Record<string, string>> = {
  profile: "name",
  xds: "source",
  "grace-period": "duration",
  "pre-drain-delay": "duration",
  "stop-timeout": "duration",
  "parent-shutdown-time": "duration",
  "termination-message-path": "file",
  "envoy-path": "file",
  log_target: "file",
  meshConfig: "file",
  templateFile: "file",
  outlierLogPath: "file",
  url: "url",
  "quit-url": "url",
};

const PLAIN_LOG: LogOptions = { targets: [], json: false, level: "info" };

/** Prints help, after attache's version if that is requested. */
export async function help(
  { notices, command, choice: { profile }, version }: HelpRequest,
  program: string,
  host: Pick<Host, "build" | "openLog" | "print">,
  commands?: readonly RunnableCommand[],
): Promise<number> {
  reportNotices(notices, PLAIN_LOG, host);
  const text = helpText(program, command, profile, commands);
  const first = `attache ${host.build.version} (profile ${profile.name})`;
  host.print(version ? [first, "", text].join("\n") : text);
  return 0;
}

/** Returns the help text of the program, or of one command, for a profile. */
export function helpText(program: string, command: Command | undefined, profile: Profile, commands?: readonly RunnableCommand[]): string {
  return `${(command === undefined ? programHelp(program, profile, commands) : commandHelp(program, command, profile)).join("\n")}\n`;
}

function programHelp(program: string, profile: Profile, commands?: readonly RunnableCommand[]): readonly string[] {
  return [
    commands === undefined
      ? "Starts Envoy from a container's environment and supervises it."
      : "Shows what the proxies of pods are started with.",
    "",
    "Usage:",
    `  ${program} [flags] [command]`,
    "",
    "Available Commands:",
    ...commandsOf(profile, commands).flatMap(({ name, summary }) => beside(`  ${name}`, summary, 24)),
    "",
    ...flagSection("Flags", [HELP_FLAG, VERSION_FLAG, ...profile.rootFlags]),
    ...SWITCHES.flatMap(switchLines),
    "",
    ...wrapped(`${SWITCH_NOTE} ${TIMES}`, WIDTH),
    "",
    ...wrapped(`Use "${program} [command] --help" for more information about a command.`, WIDTH),
  ];
}

function commandHelp(program: string, command: Command, profile: Profile): readonly string[] {
  const global = SWITCHES.filter(({ name }) => command.takesSwitches || SWITCHES_OF_ALL.includes(name));
  return [
    ...wrapped(`${command.summary}.`, WIDTH),
    ...command.details.flatMap((line) => wrapped(line, WIDTH)),
    "",
    "Usage:",
    `  ${[program, command.name, ...argumentsOf(command, profile)].join(" ")}`,
    "",
    "Examples:",
    ...examplesFor(command, profile).flatMap(([commandLine, meaning]) => [
      `  ${commandLine.replace(/^attache/, program)}`,
      ...wrapped(meaning, WIDTH, 6),
    ]),
    "",
    ...flagSection("Flags", [...command.flags(profile), HELP_FLAG]),
    "",
    ...flagSection("Global Flags", profile.rootFlags),
    ...global.flatMap(switchLines),
    "",
    ...wrapped(command.takesSwitches ? `${SWITCH_NOTE} ${TIMES}` : SWITCH_NOTE, WIDTH),
  ];
}

/** The switches that apply to every command. */
const SWITCHES_OF_ALL: readonly string[] = ["profile", "strict"];

const SWITCH_NOTE = "The variable below a flag sets it too; the flag takes precedence.";

/** The arguments of `run` begin with `--`, so flags come before them. */
function argumentsOf({ arguments: usage }: Command, { roles }: Profile): readonly string[] {
  if (usage.startsWith("--")) return ["[flags]", usage];
  return [usage.replace("sidecar|router|…", roles.join("|")), "[flags]"].filter((part) => part !== "");
}

function flagSection(title: string, flags: readonly Flag[]): readonly string[] {
  return [`${title}:`, ...flags.flatMap(flagLines)];
}

function switchLines(flag: Flag): readonly string[] {
  return [...flagLines(flag), `${" ".repeat(COLUMN)}${variableOf(flag.name)}`];
}

function flagLines(flag: Flag): readonly string[] {
  const value = flag.kind === "bool" ? "" : ` ${VALUES[flag.name] ?? (flag.kind.startsWith("int") ? "int" : "string")}`;
  const name = `  ${flag.short === undefined ? "    " : `-${flag.short}, `}--${flag.name}${value}`;
  const fallback = flag.default === "" || flag.default === "false" ? "" : ` (default ${flag.default})`;
  return beside(name, `${flag.help}${fallback}`, COLUMN);
}

/** Returns a name with its text beside it at a column, or below a name that is too long. */
function beside(name: string, text: string, column: number): readonly string[] {
  const [first = "", ...rest] = wrapped(text, WIDTH, column);
  return name.length < column - 1 ? [`${name.padEnd(column)}${first.slice(column)}`, ...rest] : [name, first, ...rest];
}
