import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { openUnaskedReadiness } from "../../../src/host/services/unasked-readiness.ts";
import type { WhenRoom } from "../../../src/linux/cgroup.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Opens the service with a proxy that is not ready. */
function opened(whenRoom: WhenRoom = (act) => act()) {
  const checks: (boolean | undefined)[] = [];
  const logged: string[] = [];
  const state = { wasAsked: false, fails: false };
  const service = openUnaskedReadiness({
    readiness: {
      startup: () => undefined,
      wasAsked: () => state.wasAsked,
      async check(isQuiet) {
        checks.push(isQuiet);
        if (state.fails) throw new TypeError("no such proxy");
        return false;
      },
    },
    whenRoom,
    log: (level, text) => void logged.push(`${level} ${text}`),
  });
  return { checks, logged, state, service };
}

test("readiness that nobody asks for is checked once after 10 s, as by a probe", () => {
  const { checks } = opened();
  jest.advanceTimersByTime(9_999);
  expect(checks).toEqual([]);
  jest.advanceTimersByTime(100_000);
  expect(checks).toEqual([undefined]);
});

test("readiness that a probe has asked for is not checked", () => {
  const { checks, state } = opened();
  state.wasAsked = true;
  jest.advanceTimersByTime(100_000);
  expect(checks).toEqual([]);
});

test("readiness is not checked after the service was interrupted, also while it waits for memory", async () => {
  const waiting: (() => void)[] = [];
  const [early, late] = [opened(), opened((act) => void waiting.push(act))];
  early.service.interrupt();
  jest.advanceTimersByTime(10_000);
  late.service.interrupt();
  for (const act of waiting) act();
  expect([early.checks, late.checks, waiting.length]).toEqual([[], [], 1]);
  await Promise.all([early.service.ended, late.service.ended]);
});

test("a bug in the check is logged", async () => {
  const { logged, state } = opened();
  state.fails = true;
  jest.advanceTimersByTime(10_000);
  await Promise.resolve();
  expect(logged).toEqual([expect.stringMatching(/^error This is a bug in attache: TypeError: no such proxy/)]);
});
