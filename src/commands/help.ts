import type { Flag } from "../cli/flag.ts";
import { SWITCHES, TIMES, variableOf } from "../cli/switches.ts";
import type { Profile } from "../profiles/profile.ts";
import { examplesOf } from "./examples.ts";
import { type Command, commandsOf } from "./table.ts";

/** Columns of a terminal that nobody has made wider, and where the text beside a flag begins. */
const WIDTH = 80;
const COLUMN = 28;

/** What stands for a flag's value, where it is not any text. */
const VALUES: Readonly<Record<string, string>> = {
  profile: "NAME",
  xds: "SOURCE",
  "grace-period": "TIME",
  "pre-drain-delay": "TIME",
  "stop-timeout": "TIME",
  "parent-shutdown-time": "TIME",
  "termination-message-path": "FILE",
  "envoy-path": "FILE",
  meshConfig: "FILE",
  templateFile: "FILE",
  outlierLogPath: "FILE",
  url: "URL",
  "quit-url": "URL",
};

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
    ...commandsOf(profile).flatMap(({ name, summary }) => beside(`  ${name}`, summary, 12)),
    "",
    `Run '${program} help COMMAND' for a command's flags and examples.`,
    "",
    ...rootFlagsHelp(profile),
    "",
    ...switchHelp(),
  ];
}

function commandHelp(program: string, command: Command, profile: Profile): readonly string[] {
  const flags = command.flags(profile);
  return [
    ...wrapped(`${command.summary}.`, 0),
    ...command.details.flatMap((line) => wrapped(line, 0)),
    "",
    `Usage: ${[program, command.name, ...argumentsOf(command, profile)].join(" ")}`,
    "",
    "Examples:",
    ...examplesOf(command.name).flatMap(([words, meaning]) => [`  ${words.replace(/^attache/, program)}`, ...wrapped(meaning, 6)]),
    ...(flags.length === 0 ? [] : ["", `Flags (profile ${profile.name}):`, ...flags.flatMap((flag) => flagLines(flag))]),
    "",
    ...(command.takesSwitches
      ? [...rootFlagsHelp(profile), "", ...switchHelp()]
      : wrapped(`Run '${program} help' for the flags of every command and attache's switches.`, 0)),
  ];
}

/** Flags end where a command of the person's own begins. */
function argumentsOf({ arguments: words }: Command, { roles }: Profile): readonly string[] {
  if (words.startsWith("--")) return ["[flags]", words];
  return [words.replace("sidecar|router|…", roles.join("|")), "[flags]"].filter((word) => word !== "");
}

function rootFlagsHelp(profile: Profile): readonly string[] {
  return [`Flags of every command (profile ${profile.name}):`, ...profile.rootFlags.flatMap((flag) => flagLines(flag))];
}

function switchHelp(): readonly string[] {
  return [
    "Switches of attache, each with the variable that the flag beats:",
    ...SWITCHES.flatMap((flag) => flagLines(flag, variableOf(flag.name))),
    "",
    ...wrapped(TIMES, 0),
  ];
}

function flagLines(flag: Flag, variable?: string): readonly string[] {
  const value = flag.kind === "bool" ? "" : ` ${flag.kind.startsWith("int") ? "N" : (VALUES[flag.name] ?? "TEXT")}`;
  const name = `  ${flag.short === undefined ? "" : `-${flag.short}, `}--${flag.name}${value}`;
  const fallback = flag.default === "" || flag.default === "false" ? "" : ` (default ${flag.default})`;
  return [...beside(name, `${flag.help}${fallback}`, COLUMN), ...(variable === undefined ? [] : [`${" ".repeat(COLUMN)}${variable}`])];
}

/** A name with its text beside it from a column on, or below a name that is too long. */
function beside(name: string, text: string, column: number): readonly string[] {
  const [first = "", ...rest] = wrapped(text, column);
  return name.length < column - 1 ? [`${name.padEnd(column)}${first.slice(column)}`, ...rest] : [name, first, ...rest];
}

/** A text in lines of a terminal, indented; a word that is longer than a line keeps its length. */
function wrapped(text: string, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => " ".repeat(indent) + each);
}
