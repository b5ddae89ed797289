import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { ROOT } from "../support/subject.ts";

/** How far a size may have moved before the README has to say so. */
const TOLERANCE = 0.01;

/** The rows of a table of sizes, by the target's name. */
function sizesIn(text: string): Readonly<Record<string, readonly number[]>> {
  const rows = [...text.matchAll(/^\| (?:attache, )?(linux-\S+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm)];
  return Object.fromEntries(rows.map(([, target = "", ...sizes]) => [target, sizes.map(Number)]));
}

test("build.ts --all prints the sizes that the README has", async () => {
  const printed = sizesIn(await $`${process.execPath} build.ts --all`.cwd(ROOT).text());
  const told = sizesIn(readFileSync(join(ROOT, "README.md"), "utf8"));
  expect(Object.keys(printed)).toHaveLength(4);
  expect(Object.keys(told)).toEqual(Object.keys(printed));
  for (const [target, sizes] of Object.entries(printed))
    for (const [at, size] of sizes.entries()) expect(Math.abs((told[target]?.[at] ?? 0) / size - 1)).toBeLessThan(TOLERANCE);
}, 600_000);
