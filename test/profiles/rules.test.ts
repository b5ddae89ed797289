import { describe, expect, test } from "bun:test";
import { changedRules, type RuleTable, rulesOf, without } from "../../src/profiles/rules.ts";

interface Rules {
  readonly label: string;
  readonly compresses: boolean;
  readonly limit: number;
}

const BASE: RuleTable<Rules> = {
  label: { is: "new", since: [1, 30, 2], before: "old" },
  compresses: { is: true },
  limit: { is: 2, since: [1, 30, 3], before: 1 },
};

describe("tables of rules", () => {
  test.each([
    [undefined, { label: "new", compresses: true, limit: 2 }],
    [[1, 30, 0], { label: "old", compresses: true, limit: 1 }],
    [[1, 30, 2], { label: "new", compresses: true, limit: 1 }],
    [[1, 30, 3], { label: "new", compresses: true, limit: 2 }],
    [[1, 30, 99], { label: "new", compresses: true, limit: 2 }],
  ] as const)("release %j has what its patch brought", (release, rules) => {
    expect(rulesOf(BASE, release)).toEqual(rules);
  });

  test("a release has its own rows, and the others as the latest of the release on which it is based", () => {
    const based = changedRules(BASE, { label: { is: "other", since: [1, 29, 6], before: "none" } });
    expect(rulesOf(based)).toEqual({ label: "other", compresses: true, limit: 2 });
    // A patch of 1.30 says nothing about those of 1.29.
    expect(rulesOf(based, [1, 29, 5])).toEqual({ label: "none", compresses: true, limit: 2 });
    expect(rulesOf(based, [1, 29, 6])).toEqual({ label: "other", compresses: true, limit: 2 });
  });

  test("a table without rows keeps the others", () => {
    const table = { a: 1, b: 2, c: 3 };
    expect([without(table, "a", "c"), table]).toEqual([{ b: 2 }, { a: 1, b: 2, c: 3 }] as never);
  });
});
