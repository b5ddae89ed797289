import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { argumentOf } from "../../src/cli/argument.ts";
import { canonicalArguments } from "../../src/cli/canonical-arguments.ts";
import type { FlagTable } from "../../src/cli/flag.ts";
import { flagValues } from "../../src/cli/flag-values.ts";
import { rootFlags } from "../../src/commands/flags.ts";
import { COMMANDS } from "../../src/commands/table.ts";
import { profiles } from "../../src/profiles/choose.ts";
import { flagArguments, flagTexts } from "../support/flag-arguments.ts";

const SEED = 20_261_129;

/** Values that an argument parser may misinterpret. */
const VALUES = [
  ...["", "0", "-1", "007", "0x10", "1e3", ".5", "Infinity", "NaN", "true", "false", "null"],
  ...["--", "-", "-x", "--x", "--no-x", "--x=y", "a=b", "=", "a.b", "a b", "\n", "a\n=b", "\u2028", "__proto__", "constructor", "é😀"],
];
const value = fc.oneof(fc.constantFrom(...VALUES), fc.string({ unit: "binary", maxLength: 6 }));

const TABLES: readonly (readonly [string, FlagTable])[] = profiles().flatMap((profile) =>
  COMMANDS.map((command) => [`${command.name} of ${profile.name}`, [...rootFlags(profile), ...command.flags(profile)]] as const),
);

/** Returns for every flag of a table whether it is set, and its values. */
function readingOf(table: FlagTable, canonical: readonly string[]): unknown {
  const { values } = flagValues(
    flagArguments(...canonical),
    table.map((flag) => ({ ...flag, kind: "strings" as const })),
  );
  return table.map(({ name }) => [name, values.given(name), values.strings(name)]);
}

/** Returns the expected result: the text after the first "=" of every argument that starts with the name. */
function expectedOf(table: FlagTable, canonical: readonly string[]): unknown {
  return table.map((flag) => {
    const begin = `--${flag.name}=`;
    const texts = canonical.filter((each) => each.startsWith(begin)).map((each) => each.slice(begin.length));
    return [flag.name, texts.length > 0, texts.length > 0 ? texts : [flag.default]];
  });
}

describe.each(TABLES)("the flags of %s", (_, table) => {
  test("have names that minimist reads as they are", () => {
    expect(table.filter(({ name }) => !/^[A-Za-z][A-Za-z0-9_-]*$/.test(name) || name in {} || name.startsWith("no-"))).toEqual([]);
  });

  test("are read as they were given", () => {
    const argument = fc.tuple(fc.constantFrom(...table), value).map(([{ name }, text]) => `--${name}=${text}`);
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 8 }), (canonical) => {
        expect(readingOf(table, canonical)).toEqual(expectedOf(table, canonical));
      }),
      { numRuns: 150, seed: SEED },
    );
  });

  test("are read from a command line as they are in their canonical form", () => {
    const names = table.flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]);
    const odd = ["--no-x", "--a.b", "--__proto__", "--constructor", "-z", "--_", "--", "--help"];
    const argument = fc.oneof(
      fc.constantFrom(...names),
      fc.tuple(fc.constantFrom(...names, ...odd), value).map(([name, text]) => `${name}=${text}`),
      fc.constantFrom(...odd),
      value,
    );
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 8 }), (args) => {
        const flags = flagTexts(canonicalArguments(args.map(argumentOf), table).flags);
        expect(readingOf(table, flags)).toEqual(expectedOf(table, flags));
      }),
      { numRuns: 150, seed: SEED },
    );
  });
});
