import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { EQUIVALENT, UNORDERED } from "./equivalent.ts";
import { MUTATIONS } from "./mutations.ts";

test.each(MUTATIONS.map((each) => [each.name, each] as const))("the change still applies: %s", (_, { file, from, caughtBy }) => {
  expect(readFileSync(join(ROOT, file), "utf8").split(from)).toHaveLength(2);
  expect(existsSync(join(ROOT, caughtBy))).toBe(true);
});

test.each([...EQUIVALENT.map(({ file, from }) => [file, from]), ...UNORDERED.map(({ file, list }) => [file, list])] as const)(
  "the equivalent line in %s still exists: %s",
  (file, text) => {
    expect(readFileSync(join(ROOT, file ?? ""), "utf8").replace(/\s+/g, " ")).toContain(text ?? "");
  },
);
