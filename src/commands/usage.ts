import type { Flag } from "../cli/flag.ts";
import { SWITCHES, TIMES, variableOf } from "../cli/switches.ts";
import { defaultText, type VariableTable } from "../inputs/environment.ts";
import { profiles } from "../profiles/choose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Command } from "./command.ts";
import { profilesWith } from "./command-line-messages.ts";
import { examplesIn, examplesOf } from "./examples.ts";
import { KUBECTL_FLAGS } from "./kubectl/kubectl-flags.ts";
import { GET_HELP, POD_HELP, pluginCommands } from "./kubectl/run-plugin.ts";
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
    "the flags. `proxy`, `render`, `explain`, `diff` and `validate` ignore an unknown flag with a warning, together with the argument after it",
    "unless that starts with a dash; `--strict` refuses it. All but `proxy` refuse one that resembles a flag which `proxy` does not have, such",
    "as `--mask-secrets`.",
    "",
    "## Flags of attache",
    "",
    "Every command accepts these flags, with every profile. Most of them affect only `proxy` and `render`. A flag takes precedence over its",
    `variable. ${TIMES}`,
    "",
    ...SWITCHES.flatMap(switchLines),
    "",
    ...profileSections(profiles()),
    ...pluginSection(),
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
          .replaceAll("|", "\\|")}\` | ${command.summary}${onlyIn(command)} |`,
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

/** Returns the profile of a command that only one of them has. */
function onlyIn(command: Command): string {
  const names = profilesWith(command);
  return names.length === 1 ? ` (only ${names[0]})` : "";
}

/** The plug-in of kubectl: its commands, and the flags that it passes on. */
function pluginSection(): readonly string[] {
  const commands = pluginCommands(async () => ({ kind: "absent" }));
  return [
    "## Plug-in of kubectl",
    "",
    ...wrapped(
      `Under the name \`kubectl-attache\`, the executable has these commands, with all flags of the same command of attache but those that choose a file. ${POD_HELP} ${GET_HELP}`,
      WIDTH,
    ),
    "",
    "```sh",
    ...commands.flatMap((command) =>
      examplesIn(command.examples ?? "").map(([line, meaning]) => `${`kubectl ${line}`.padEnd(EXAMPLE_WIDTH)} # ${meaning}`),
    ),
    "```",
    "",
    "Flags that are passed on to kubectl:",
    "",
    ...flagTable(KUBECTL_FLAGS),
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
  "| 0 | a requested stop, even if Envoy had to be killed or was terminated by the signal; Envoy exited with 0; other commands succeeded |",
  "| 1 | diff: the plans differ; validate: there is an error |",
  "| 2 | diff, validate: nothing could be compared or checked |",
  "| Envoy's, or 128 + signal number | any other exit of Envoy |",
  "| 126, 127 | Envoy is not executable, or not found |",
  "| 255 | the start was refused: flags, role, settings, preconditions (1 where Istio 1.6 uses 1); another command failed |",
  "| 70 | a bug in attache |",
  "| 141 | standard output was closed before everything was printed |",
  "",
];

/** Describes each profile; of one that is based on another, only what it has otherwise. */
function profileSections(all: readonly Profile[]): readonly string[] {
  return all.flatMap((profile) => {
    const base = all.find(({ name }) => name === profile.basedOn);
    return base === undefined ? profileUsage(profile) : changesUsage(profile, base);
  });
}

function changesUsage(profile: Profile, base: Profile): readonly string[] {
  const lacking = Object.keys(base.variables).filter((name) => !Object.hasOwn(profile.variables, name));
  const bases = new Map(Object.entries(base.variables));
  const added = Object.entries(profile.variables).filter(([name, variable]) => bases.get(name) !== variable);
  return [
    `## Profile ${profile.name}`,
    "",
    ...wrapped(
      `Follows release ${profile.release}. Flags and variables are those of ${base.name}${added.length === 0 && lacking.length === 0 ? "" : ", except those below"}. Roles: ${rolesOf(profile)}.`,
      WIDTH,
    ),
    "",
    ...(lacking.length === 0 ? [] : [`It does not read ${lacking.map(code).join(", ")}.`, ""]),
    ...(added.length === 0 ? [] : [...VARIABLES_HEAD, ...variableRows(Object.fromEntries(added), ""), ""]),
  ];
}

const VARIABLES_HEAD = ["| variable | default | meaning |", "|---|---|---|"];

function rolesOf({ roles }: Profile): string {
  return roles.map(code).join(", ");
}

function profileUsage(profile: Profile): readonly string[] {
  const commands = commandsOf(profile)
    .map((command) => ({ command, flags: command.flags(profile) }))
    .filter(({ flags }) => flags.length > 0);
  return [
    `## Profile ${profile.name}`,
    "",
    `Follows release ${profile.release}. Roles: ${rolesOf(profile)}.`,
    "",
    "### Flags of every command",
    "",
    ...flagTable(profile.rootFlags),
    ...commands.flatMap(({ command, flags }) =>
      command.follows === "proxy" && command.name !== "proxy"
        ? [
            `### Flags of \`${command.name}\``,
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
    ...VARIABLES_HEAD,
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
