import { expect, test } from "bun:test";
import { integerAt, memberOf, membersOf, textAt } from "../../src/status/go-members.ts";

const AT = { value: { b: { c: 1 } }, path: ["a"] };

test("the path of a member extends that of its object", () => {
  expect(memberOf(AT, "B")).toEqual({ value: { c: 1 }, path: ["a", "b"] });
  expect(membersOf(AT)).toEqual([["b", { value: { c: 1 }, path: ["a", "b"] }]]);
});

test("a value with a secret name is masked in the error for a number", () => {
  const said = (value: unknown, path: readonly string[]) => {
    const texts: string[] = [];
    expect(integerAt({ value, path }, (_, text) => texts.push(text))).toBe(0);
    return texts;
  };
  expect(said(1234567890.5, ["password", "port"])).toEqual(["must be a 32-bit integer: current value is 1234567890.5"]);
  expect(said(1234567890.5, ["port", "password"])).toEqual(["must be a 32-bit integer: current value is ***"]);
  expect(said("hunter22", ["password", "port"])).toEqual(['must be a number: current value is "hunter22"']);
  expect(said("hunter22", ["port", "password"])).toEqual(["must be a number: current value is ***"]);
});

test("a value with a secret name is masked in the error for a text, by its own name or its key", () => {
  const said = (path: readonly string[], name?: string) => {
    const texts: string[] = [];
    expect(textAt({ value: 12345678, path, ...(name === undefined ? {} : { name }) }, (_, text) => texts.push(text))).toBe("");
    return texts;
  };
  expect(said(["password", "scheme"])).toEqual(["must be a string: current value is 12345678"]);
  expect(said(["httpGet", "password"])).toEqual(["must be a string: current value is ***"]);
  expect(said(["httpHeaders", "value"], "password")).toEqual(["must be a string: current value is ***"]);
});
