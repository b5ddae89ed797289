import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { MUTATIONS } from "./mutations.ts";

test.each(MUTATIONS.map((each) => [each.name, each] as const))("the change can still be made: %s", (_, { file, from, caughtBy }) => {
  expect(readFileSync(join(ROOT, file), "utf8").split(from)).toHaveLength(2);
  expect(existsSync(join(ROOT, caughtBy))).toBe(true);
});
