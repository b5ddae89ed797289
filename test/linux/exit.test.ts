import { expect, test } from "bun:test";
import { isEnding } from "../../src/linux/exit.ts";

const status = (state: string, pending: string) =>
  `Name:\tState: Z\nState:\t${state}\nSigPnd:\t0000000000000100\nShdPnd:\t${pending}\nSigBlk:\t0000000000000100\n`;

test.each([
  ["S (sleeping)", "0000000000000000", false],
  ["R (running)", "0000000000004000", false],
  ["R (running)", "0000000000000100", true],
  ["D (disk sleep)", "ffffffffffffffff", true],
  ["Z (zombie)", "0000000000000000", true],
  ["X (dead)", "0000000000000000", true],
])("a process in state %s with signals %s pending is ending: %p", (state, pending, isIt) => {
  expect(isEnding(status(state, pending))).toBe(isIt);
});

test("nothing is known of a process without these lines", () => {
  expect(isEnding("")).toBe(false);
});
