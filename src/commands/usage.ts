import type { Flag } from "../cli/flag.ts";
import { SWITCHES, TIMES, variableOf } from "../cli/switches.ts";
import { defaultText, type VariableTable } from "../inputs/environment.ts";
import { profiles } from "../profiles/choose.ts";
import type { Profile } from "../profiles/profile.ts";
import { examplesOf } from "./examples.ts";
import { COMMANDS, commandsOf } from "./table.ts";
import { wrapped } from "./wrapped.ts";

/** The longest line, and the column of the comments in examples. */
const WIDTH = 140;
const EXAMPLE_WIDTH = 64;

/** Returns USAGE.md, from the tables that parser and help use. */
export function usageText(): string {
  return [
    "# Usage of attache",
    "",
    "This file is generated from the flag and variable tables by `npm run usage`; a test compares it.",
    "",
    "    attache [--profile NAME] COMMAND [flags]",
    "",
    ...commandsSection(),
    "A flag with a value takes the next argument, whatever it is, or the text after `=`. A boolean flag takes a value only with `=`. `--` ends",
    "the flags. `proxy` and `render` ignore an unknown flag with a warning, together with the argument after it unless that starts with a dash;",
    "`--strict` refuses it.",
    "",
    "## Flags of attache",
    "",
    "Every command accepts these flags, with every profile. Most of them affect only `proxy` and `render`. A flag takes precedence over its",
    `variable. ${TIMES}`,
    "",
    ...SWITCHES.flatMap(switchLines),
    "",
    ...profiles().flatMap(profileUsage),
    ...EXIT_STATUSES,
    "With `--exit-status istio`, the exit status is 0 after any attempt to start Envoy, like pilot-agent's.",
    "",
  ].join("\n");
}

/** The commands: a table, their details and examples. */
function commandsSection(): readonly string[] {
  return [
    "| command | what it does |",
    "|---|---|",
    ...COMMANDS.map(
      (command) =>
        `| \`${[command.name, command.arguments]
          .filter((word) => word !== "")
          .join(" ")
          .replaceAll("|", "\\|")}\` | ${command.summary} |`,
    ),
    "",
    ...COMMANDS.flatMap(({ name, details: [first, ...more] }) =>
      first === undefined ? [] : [...[`\`${name}\`: ${first}`, ...more].flatMap((line) => wrapped(line, WIDTH)), ""],
    ),
    "```sh",
    ...COMMANDS.flatMap(({ name }) => examplesOf(name).map(([line, meaning]) => `${line.padEnd(EXAMPLE_WIDTH)}# ${meaning}`)),
    "```",
    "",
  ];
}

function switchLines(flag: (typeof SWITCHES)[number]): readonly string[] {
  return [
    `- \`--${flag.name}\`, \`${variableOf(flag.name)}\`${flag.default === "" ? "" : ` (default ${code(flag.default)})`}:`,
    ...wrapped(flag.help, WIDTH, 2),
  ];
}

const EXIT_STATUSES: readonly string[] = [
  "## Exit statuses",
  "",
  "| status | when |",
  "|---|---|",
  "| 0 | a requested stop, even if Envoy had to be killed or was terminated by the signal; Envoy exited with 0; help, version, render |",
  "| Envoy's, or 128 + signal number | any other exit of Envoy |",
  "| 126, 127 | Envoy is not executable, or not found |",
  "| 255 | the start was refused: flags, role, settings, preconditions (1 where Istio 1.6 uses 1); wait, request, run or render failed |",
  "| 70 | a bug in attache |",
  "| 141 | standard output was closed before everything was printed |",
  "",
];

function profileUsage(profile: Profile): readonly string[] {
  const commands = commandsOf(profile)
    .map((command) => ({ command, flags: command.flags(profile) }))
    .filter(({ flags }) => flags.length > 0);
  return [
    `## Profile ${profile.name}`,
    "",
    `Follows release ${profile.release}. Roles: ${profile.roles.map((role) => `\`${role}\``).join(", ")}.`,
    "",
    "### Flags of every command",
    "",
    ...flagTable(profile.rootFlags),
    ...commands.flatMap(({ command, flags }) =>
      command.name === "render"
        ? [
            `### Flags of \`render\``,
            "",
            "Those of `proxy`, and:",
            "",
            ...flagTable(flags.filter((flag) => !profile.proxyFlags.includes(flag))),
          ]
        : [`### Flags of \`${command.name}\``, "", ...flagTable(flags)],
    ),
    "### Variables",
    "",
    "`ISTIO_META_*` and `ISTIO_METAJSON_*` become node metadata and are not listed.",
    "",
    "| variable | default | meaning |",
    "|---|---|---|",
    ...variableRows(profile.variables, ""),
    ...variableRows(profile.variablePrefixes, "*"),
    "",
  ];
}

function variableRows(variables: VariableTable, rest: string): readonly string[] {
  return Object.entries(variables).map(
    ([name, variable]) => `| \`${name}${rest}\` | ${code(defaultText(variable))} | ${cell(variable.help)} |`,
  );
}

function flagTable(flags: readonly Flag[]): readonly string[] {
  return [
    "| flag | kind | default | meaning |",
    "|---|---|---|---|",
    ...flags.map(
      (flag) =>
        `| ${flag.short === undefined ? "" : `\`-${flag.short}\`, `}\`--${flag.name}\` | ${flag.kind} | ${code(flag.default)} | ${cell(flag.help)} |`,
    ),
    "",
  ];
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
