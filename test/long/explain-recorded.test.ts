import { expect, test } from "bun:test";
import { casesToExplain } from "../explain/cases-to-explain.ts";
import { wrongWith } from "../explain/recorded.ts";

// Every recorded start of every release; test/explain/recorded.test.ts has a sample.

test.each(casesToExplain().map((each) => [each.profile, each.name, each] as const))(
  "%s, %s: a value depends on an input exactly if it changes without it",
  async (_, __, each) => {
    expect(await wrongWith(each)).toEqual([]);
  },
);
