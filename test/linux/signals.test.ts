import { expect, test } from "bun:test";
import { constants } from "node:os";
import { signalNumber } from "../../src/linux/signals.ts";

/** Aliases of signals, which the runtime does not report. */
const ALIASES = ["SIGIOT", "SIGPOLL", "SIGUNUSED", "SIGCLD"];

test("every signal of this system has its number", () => {
  const known = Object.entries(constants.signals).filter(([name]) => !ALIASES.includes(name));
  expect(known.length).toBeGreaterThan(29);
  expect(known.map(([name]) => [name, signalNumber(name)] as const)).toEqual(known);
});

test("an unknown name has none", () => {
  expect(["SIGNONE", "", "SIG", "TERM"].map(signalNumber)).toEqual([0, 0, 0, 0]);
});
