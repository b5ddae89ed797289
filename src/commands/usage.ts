import type { Flag } from "../cli/flag.ts";
import { SWITCHES, TIMES, variableOf } from "../cli/switches.ts";
import { defaultText } from "../inputs/environment.ts";
import { profiles } from "../profiles/choose.ts";
import type { Profile } from "../profiles/profile.ts";
import { examplesOf } from "./examples.ts";
import { COMMANDS, commandsOf } from "./table.ts";

const EXAMPLE_WIDTH = 64;

/** USAGE.md, from the tables that parser and help use. */
export function usageText(): string {
  return [
    "# Usage of attache",
    "",
    "This file is generated from the flag and variable tables by `npm run usage`; a test compares it.",
    "",
    "    attache [--profile NAME] COMMAND [flags]",
    "",
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
    ...COMMANDS.flatMap(({ name, details }) => (details.length === 0 ? [] : [`\`${name}\`: ${details.join(" ")}`, ""])),
    "```sh",
    ...COMMANDS.flatMap(({ name }) => examplesOf(name).map(([words, meaning]) => `${words.padEnd(EXAMPLE_WIDTH)}# ${meaning}`)),
    "```",
    "",
    "A valued flag takes the next word whatever it is, or its value after `=`; a boolean flag takes a value only with `=`; `--` ends the flags.",
    "An unknown flag is ignored with a warning, together with the word after it unless that begins with a dash; `--strict` refuses it.",
    "",
    "## Switches of attache",
    "",
    `For every command and profile. The flag beats the variable. ${TIMES}`,
    "",
    "| switch | variable | default | meaning |",
    "|---|---|---|---|",
    ...SWITCHES.map((flag) => `| \`--${flag.name}\` | \`${variableOf(flag.name)}\` | ${code(flag.default)} | ${cell(flag.help)} |`),
    "",
    ...profiles().flatMap(profileUsage),
    "## Exit statuses",
    "",
    "| status | when |",
    "|---|---|",
    "| 0 | a requested stop, also if Envoy had to be killed or died of the signal; Envoy exited with 0; help, version, render |",
    "| Envoy's, or 128 + signal | any other end of Envoy |",
    "| 126, 127 | Envoy is not executable, not found |",
    "| 255 | the start was refused: flags, role, settings, preconditions (1 where the release followed uses 1); wait, request, run, render without success |",
    "| 70 | a bug in attache |",
    "| 141 | standard output was closed before everything was printed |",
    "",
    "With `--exit-status istio` every start that got as far as starting Envoy ends with 0, as pilot-agent does.",
    "",
  ].join("\n");
}

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
    "`ISTIO_META_*` and `ISTIO_METAJSON_*` become node metadata and need no row.",
    "",
    "| variable | default | meaning |",
    "|---|---|---|",
    ...Object.entries(profile.variables).map(
      ([name, variable]) => `| \`${name}\` | ${code(defaultText(variable))} | ${cell(variable.help)} |`,
    ),
    "",
  ];
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
