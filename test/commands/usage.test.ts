import { describe, expect, test } from "bun:test";
import { SWITCHES, variableOf } from "../../src/cli/switches.ts";
import { EXAMPLES, examplesOf } from "../../src/commands/examples.ts";
import { HELP_FLAG, rootFlags, VERSION_FLAG } from "../../src/commands/flags.ts";
import { helpText } from "../../src/commands/help.ts";
import { COMMANDS, commandsOf } from "../../src/commands/table.ts";
import { usageText } from "../../src/commands/usage.ts";
import { profiles } from "../../src/profiles/choose.ts";
import { ROOT } from "../support/subject.ts";

test("USAGE.md matches the tables (npm run usage writes it)", async () => {
  expect(await Bun.file(`${ROOT}/USAGE.md`).text()).toBe(usageText());
});

test.each(profiles().flatMap((profile) => COMMANDS.map((command) => [profile.name, command.name, profile, command] as const)))(
  "help of %s %s names every flag of its tables, once",
  (_, __, profile, command) => {
    const text = helpText("attache", command, profile);
    for (const { name } of [...(command.takesSwitches ? rootFlags(profile) : profile.rootFlags), ...command.flags(profile), HELP_FLAG])
      expect(text.match(new RegExp(`^ {2}(?:-\\w, | {4})--${name}(?![\\w-])`, "gm"))).toHaveLength(1);
  },
);

test.each(profiles().flatMap((profile) => COMMANDS.map((command) => [profile.name, command.name, profile, command] as const)))(
  "help of %s %s shows no flag that the profile lacks",
  (_, __, profile, command) => {
    const known = [...rootFlags(profile), ...command.flags(profile), HELP_FLAG].map(({ name }) => name);
    const lines = helpText("attache", command, profile)
      .split("\n")
      .map((line) => line.split(" -- ")[0] ?? "");
    const shown = lines.flatMap((line) => [...line.matchAll(/(?<![\w-])--([a-zA-Z][\w-]*)/g)].map(([, name = ""]) => name));
    expect(shown.filter((name) => !known.includes(name))).toEqual([]);
  },
);

describe.each(profiles().map((profile) => [profile.name, profile] as const))("help of %s", (_, profile) => {
  const texts = [undefined, ...COMMANDS].map((command) => helpText("attache", command, profile));

  test("the help of the program lists every command, and the flags and switches of all commands", () => {
    const [text] = texts;
    for (const { name } of commandsOf(profile)) expect(text).toMatch(new RegExp(`^  ${name} `, "m"));
    for (const { name } of [...rootFlags(profile), HELP_FLAG, VERSION_FLAG])
      expect(text).toMatch(new RegExp(`^ {2}(?:-\\w, | {4})--${name}(?![\\w-])`, "m"));
    for (const { name } of SWITCHES) expect(text).toMatch(new RegExp(`^ +${variableOf(name)}$`, "m"));
  });

  test("has the sections of kubectl and istioctl", () => {
    const [program, ...commands] = texts;
    expect(program?.match(/^[A-Z][A-Za-z ]+:$/gm)).toEqual(["Usage:", "Available Commands:", "Flags:"]);
    expect(program).toEndWith('Use "attache [command] --help" for more information about a command.\n');
    for (const text of commands) expect(text.match(/^[A-Z][A-Za-z ]+:$/gm)).toEqual(["Usage:", "Examples:", "Flags:", "Global Flags:"]);
    expect(texts[6]).toContain("\n  attache request <method> <path> [<body>] [flags]\n");
  });

  test("has no line that looks like a version, which tools search for", () => {
    for (const text of texts) expect(text).not.toContain("ersion:");
  });

  test("fits a terminal of 80 columns, except for longer words", () => {
    const long = texts.flatMap((text) => text.split("\n")).filter((line) => line.length > 80 && line.trim().includes(" "));
    expect(long.filter((line) => !line.startsWith("  attache "))).toEqual([]);
  });
});

test("every command has examples, and only of itself", () => {
  expect(Object.keys(EXAMPLES)).toEqual(COMMANDS.map(({ name }) => name));
  for (const { name } of COMMANDS)
    for (const [args] of examplesOf(name)) expect(args).toMatch(new RegExp(`^attache (--profile istio-1.6 )?${name}( |$)`));
});

test.each(profiles().map((profile) => [profile.name, profile] as const))("no flag of %s is in two tables", (_, profile) => {
  for (const command of COMMANDS) {
    const names = [...rootFlags(profile), ...command.flags(profile)].map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  }
});
