import { describe, expect, test } from "bun:test";
import type { CommandLine } from "../../src/commands/command-line.ts";
import { parseCommandLine } from "../../src/commands/parse-command-line.ts";
import { environmentOf } from "../../src/inputs/environment.ts";

const read = (...args: string[]) => parseCommandLine(args, environmentOf([]), "attache");

/** Returns the message of a refused command line. */
function refusalOf(line: CommandLine): string {
  return line.kind === "refused" ? line.error.message : "";
}

describe("--help among other arguments", () => {
  test.each([
    [["proxy", "--help"]],
    [["proxy", "-h", "nobody", "--nosuchflag", "x"]],
    [["proxy", "--xds=nowhere", "--log_output_level=loud", "--help"]],
  ])("%p prints help", (args) => {
    expect(read(...args)).toMatchObject({ kind: "help", command: { name: "proxy" } });
  });
  test.each([
    [["proxy", "--help", "---x"], "bad flag syntax: ---x"],
    [["proxy", "-h", "--stsPort=x"], 'invalid argument "x" for "--stsPort" flag'],
    [["proxy", "--profiling=maybe", "--help"], 'invalid argument "maybe" for "--profiling" flag'],
  ])("%p is refused, as an invalid flag takes precedence", (args, text) => {
    expect(refusalOf(read(...args))).toContain(text);
  });
});

describe("arguments without a command", () => {
  test.each([
    [[], false],
    [["--version"], true],
    [["-v"], true],
    [["--profile", "istio-1.6", "-v"], true],
    [["-v", "proxy"], true],
    [["--", "--version"], false],
    [["--version=false"], false],
  ] as const)("%p prints help, and the version: %p", (args, version) => {
    expect(read(...args)).toMatchObject({ kind: "help", version, notices: [] });
  });

  test.each([
    ["--hlep", "--help"],
    ["--verison", "--version"],
    ["--profil", "--profile"],
  ])("%s is a misspelled %s", (word, meant) => {
    expect(read(word)).toMatchObject({
      kind: "help",
      version: false,
      notices: [{ level: "warn", text: `Ignoring unknown flags: ${word}; did you mean ${meant}? (--strict refuses them)` }],
    });
    expect(refusalOf(read("--strict", word))).toContain(`unknown flag: ${word}; did you mean ${meant}? (Run 'attache --help' for usage.)`);
  });

  test.each([
    ["--log_as_json=maybe", 'invalid argument "maybe" for "--log_as_json" flag'],
    ["--profile", "flag needs an argument: --profile"],
  ])("%s is refused", (word, text) => {
    expect(refusalOf(read(word))).toContain(text);
  });
});

test.each([
  ["render", "--mask-secret", "--mask-secrets"],
  ["render", "--mask", "--mask-secrets"],
  ["render", "--sektion=node", "--section"],
  ["explain", "--htm=page.html", "--html"],
  ["diff", "--outptu=json", "--output"],
  ["validate", "--from-fil=pod.yaml", "--from-file"],
])("%s %s is refused: it is a misspelled flag that proxy does not have", (command, word, meant) => {
  expect(refusalOf(read(command, word))).toContain(`unknown flag: ${word.split("=")[0]}; did you mean ${meant}?`);
});

test.each(["render", "explain", "diff", "validate"])("%s ignores other unknown flags, as proxy does", (command) => {
  expect(read(command, "--concurency=2", "--meshconfig=x", "--something-new")).toMatchObject({ kind: "command" });
});

test.each(["version", "request", "proxy"])("a misspelled --help of %s is reported", (command) => {
  const args = [command, "--strict", "--hlep"];
  expect(refusalOf(read(...args))).toContain("unknown flag: --hlep; did you mean --help?");
});
