import { expect, test } from "bun:test";
import { casesToExplain } from "../explain/cases-to-explain.ts";
import { wrongValues, wrongWith } from "../explain/recorded.ts";

// Every recorded start of every release; test/explain/recorded.test.ts has a sample.

/** Single values are explained for every fifth of them. */
const VALUES_EVERY = 5;

test.each(casesToExplain().map((each, at) => [each.profile, each.name, each, at % VALUES_EVERY === 0] as const))(
  "%s, %s: a value depends on an input exactly if it changes without it",
  async (_, __, each, withValues) => {
    expect([...(await wrongWith(each)), ...(withValues ? await wrongValues(each) : [])]).toEqual([]);
  },
);
