import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { ROOT } from "../support/subject.ts";

/** The deviation of a size from the README that is accepted. */
const TOLERANCE = 0.01;

/** Returns the rows of a table of sizes, by target. */
function sizesIn(text: string): Readonly<Record<string, readonly number[]>> {
  const rows = [...text.matchAll(/^\| (?:attache, )?(linux-\S+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm)];
  return Object.fromEntries(rows.map(([, target = "", ...sizes]) => [target, sizes.map(Number)]));
}

test("build.ts --all prints the sizes in the README", async () => {
  const printed = sizesIn(await $`${process.execPath} build.ts --all`.cwd(ROOT).text());
  const documented = sizesIn(readFileSync(join(ROOT, "README.md"), "utf8"));
  expect(Object.keys(printed)).toHaveLength(4);
  expect(Object.keys(documented)).toEqual(Object.keys(printed));
  for (const [target, sizes] of Object.entries(printed))
    for (const [at, size] of sizes.entries()) expect(Math.abs((documented[target]?.[at] ?? 0) / size - 1)).toBeLessThan(TOLERANCE);
}, 600_000);
