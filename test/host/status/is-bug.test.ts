import { expect, test } from "bun:test";
import { isBug } from "../../../src/host/status/is-bug.ts";

test.each<[what: string, error: unknown, isBug: boolean]>([
  ["a wrong type", new TypeError("a"), true],
  ["a wrong range", new RangeError("a"), true],
  ["an unknown name", new ReferenceError("a"), true],
  ["a failure with a reason for people", new Error("a"), false],
  ["a failure of the system", Object.assign(new TypeError("a"), { code: "ERR_INVALID_URL" }), false],
  ["a thrown text", "a", false],
])("whether %s is a bug in attache", (_, error, expected) => {
  expect(isBug(error)).toBe(expected);
});
