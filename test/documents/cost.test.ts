import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { COST_ROWS } from "../bench/cost-table.ts";
import { ROOT } from "../support/subject.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

test("the README has the table that the benchmark prints, row by row", () => {
  const [, section = ""] = /^## Cost\n([\s\S]*?)^## /m.exec(read("README.md")) ?? [];
  const rows = [...section.matchAll(/^\| ([^|]+?) \|/gm)].map(([, title]) => title);
  expect(rows).toEqual(COST_ROWS.map(({ title }) => title));
});
