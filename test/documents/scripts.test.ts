import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";

const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts;

// test/support/first-command.sh runs one of them in a fresh clone.
test("every npm script first sets up what a fresh clone lacks", () => {
  expect(Object.keys(scripts).length).toBeGreaterThan(10);
  // By exec, so that a signal for npm's child reaches the program.
  const without = Object.entries(scripts).filter(
    ([, line]) => !/^node test\/support\/set-up\.mjs && (bun build\.ts && )?exec \S+ /.test(line),
  );
  expect(without).toEqual([]);
});

test("no script has another one before or after it", () => {
  expect(Object.keys(scripts).filter((name) => /^(pre|post)/.test(name))).toEqual([]);
});
