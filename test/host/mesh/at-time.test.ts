import { expect, test } from "bun:test";
import { atTime } from "../../../src/host/mesh/at-time.ts";
import { fakeClocks } from "./fake-clocks.ts";

test.each([
  ["that has passed, after half a second", -1_000, 500],
  ["of now, after half a second", 0, 500],
  ["in an hour", 3_600_000, 3_600_000],
])("calls back once at a time %s", (_, from, after) => {
  const clocks = fakeClocks();
  let calls = 0;
  atTime(clocks.now() + from, () => calls++, clocks);
  clocks.pass(after - 1);
  expect(calls).toBe(0);
  clocks.pass(1);
  expect(calls).toBe(1);
  clocks.pass(7_200_000);
  expect(calls).toBe(1);
});

test("does not call back when it is cancelled", () => {
  const clocks = fakeClocks();
  let calls = 0;
  const cancel = atTime(clocks.now() + 60_000, () => calls++, clocks);
  clocks.pass(59_999);
  cancel();
  clocks.pass(60_000);
  expect(calls).toBe(0);
});
