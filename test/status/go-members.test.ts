import { expect, test } from "bun:test";
import { memberOf, membersOf } from "../../src/status/go-members.ts";

const AT = { value: { b: { c: 1 } }, path: ["a"] };

test("the way to a member follows the way to its object", () => {
  expect(memberOf(AT, "B")).toEqual({ value: { c: 1 }, path: ["a", "b"] });
  expect(membersOf(AT)).toEqual([["b", { value: { c: 1 }, path: ["a", "b"] }]]);
});
