import { describe, expect, test } from "bun:test";
import { understand } from "../../src/commands/understand.ts";
import { environmentOf } from "../../src/inputs/environment.ts";

const read = (...words: string[]) => understand(words, environmentOf([]), "attache");

describe("--help among other words", () => {
  test.each([
    [["proxy", "--help"]],
    [["proxy", "-h", "nobody", "--nosuchflag", "x"]],
    [["proxy", "--xds=nowhere", "--log_output_level=loud", "--help"]],
  ])("%p prints help", (words) => {
    expect(read(...words)).toMatchObject({ kind: "help", command: { name: "proxy" } });
  });
  test.each([
    [["proxy", "--help", "---x"], "bad flag syntax: ---x"],
    [["proxy", "-h", "--stsPort=x"], 'invalid argument "x" for "--stsPort" flag'],
    [["proxy", "--profiling=maybe", "--help"], 'invalid argument "maybe" for "--profiling" flag'],
  ])("%p is refused: a flag that cannot be read comes first", (words, text) => {
    expect(() => read(...words)).toThrow(text);
  });
});
