import { describe, expect, test } from "bun:test";
import { argumentOf } from "../../src/cli/argument.ts";
import { canonicalArguments } from "../../src/cli/canonical-arguments.ts";
import { boolFlag, intFlag, stringFlag } from "../../src/cli/flag.ts";
import { flagTexts } from "../support/flag-arguments.ts";

const TABLE = [
  stringFlag("domain", "", ""),
  intFlag("concurrency", 0, ""),
  boolFlag("profiling", true, ""),
  { ...boolFlag("short", false, ""), short: "s" },
  { ...stringFlag("output", "", ""), short: "o" },
];

describe("canonicalArguments (contract 1.6 §1.5)", () => {
  test.each([
    ["a valued flag takes the next argument", ["--domain", "x"], ["--domain=x"], []],
    ["… even with a dash", ["--concurrency", "-1"], ["--concurrency=-1"], []],
    ["… even another flag", ["--domain", "--concurrency"], ["--domain=--concurrency"], []],
    ["… even the end of flags", ["--domain", "--", "router"], ["--domain=--"], ["router"]],
    ["… even nothing", ["--domain", ""], ["--domain="], []],
    ["a value may hold equals signs and newlines", ["--domain=a=b\nc"], ["--domain=a=b\nc"], []],
    ["a boolean takes no other argument", ["--profiling", "false"], ["--profiling=true"], ["false"]],
    ["a boolean takes a value with =", ["--profiling=false"], ["--profiling=false"], []],
    ["two dashes end the flags", ["router", "--", "--domain", "x"], [], ["router", "--domain", "x"]],
    ["one dash is positional", ["-"], [], ["-"]],
    ["an empty argument is positional", [""], [], [""]],
    ["a short flag with its value apart", ["-o", "json"], ["--output=json"], []],
    ["a short flag with its value attached", ["-ojson"], ["--output=json"], []],
    ["a short flag with =", ["-o=json"], ["--output=json"], []],
    ["a short flag with = alone has it as value", ["-o=", "json"], ["--output=="], ["json"]],
    ["short flags together", ["-so", "yaml"], ["--short=true", "--output=yaml"], []],
    ["a short boolean with =", ["-s=false"], ["--short=false"], []],
  ])("%s", (_, args, flags, positionals) => {
    const { flags: given, ...rest } = canonicalArguments(args.map(argumentOf), TABLE);
    expect({ flags: flagTexts(given), ...rest }).toEqual({ flags, positionals, unknown: [], help: false, errors: [] });
  });

  test.each([
    ["with = it takes no argument", ["--foo=bar", "router"], [{ flag: "--foo" }], ["router"]],
    ["it takes an argument", ["--foo", "router"], [{ flag: "--foo", value: "router" }], []],
    ["it takes an empty one", ["--foo", ""], [{ flag: "--foo", value: "" }], []],
    ["it does not take a flag", ["--foo", "--domain=x"], [{ flag: "--foo" }], []],
    ["it may be the last argument", ["--foo"], [{ flag: "--foo" }], []],
    [
      "every unknown letter takes an argument",
      ["-zy", "a", "b", "c"],
      [
        { flag: "-z", value: "a" },
        { flag: "-y", value: "b" },
      ],
      ["c"],
    ],
    ["a letter with = takes no argument", ["-z=1", "a"], [{ flag: "-z" }], ["a"]],
    ["= alone after a boolean letter", ["-s="], [{ flag: "-=" }], []],
  ])("an unknown flag: %s", (_, args, unknown, positionals) => {
    expect(canonicalArguments(args.map(argumentOf), TABLE)).toMatchObject({ unknown, positionals, errors: [] });
  });

  test.each([
    [["--domain"], ["flag needs an argument: --domain"]],
    [["-o"], ["flag needs an argument: 'o' in -o"]],
    [["--=x"], ["bad flag syntax: --=x"]],
    [["---x"], ["bad flag syntax: ---x"]],
  ])("%p is refused", (args, errors) => {
    expect(canonicalArguments(args.map(argumentOf), TABLE).errors).toEqual(errors);
  });

  test.each([[["--help"]], [["-h"]], [["router", "--help"]]])("%p asks for help", (args) => {
    expect(canonicalArguments(args.map(argumentOf), TABLE).help).toBe(true);
  });
});
