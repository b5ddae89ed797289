import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { openTimers } from "../../../src/host/supervisor/performers.ts";
import type { Timer } from "../../../src/supervisor/state.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function timers() {
  const fired: Timer[] = [];
  return { ...openTimers((timer) => void fired.push(timer)), fired };
}

test("a timer fires once, when its time has come", () => {
  const { arm, fired } = timers();
  arm("kill", 20);
  arm("budget", 30);
  jest.advanceTimersByTime(19);
  expect(fired).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(fired).toEqual(["kill"]);
  jest.advanceTimersByTime(100);
  expect(fired).toEqual(["kill", "budget"]);
});

test("arming a timer again replaces it", () => {
  const { arm, fired } = timers();
  arm("kill", 20);
  jest.advanceTimersByTime(15);
  arm("kill", 20);
  jest.advanceTimersByTime(19);
  expect(fired).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(fired).toEqual(["kill"]);
  arm("kill", 5);
  jest.advanceTimersByTime(5);
  expect(fired).toEqual(["kill", "kill"]);
});

test("a disarmed timer never fires, nor does any after the end", () => {
  const { arm, disarm, close, fired } = timers();
  arm("kill", 20);
  arm("hold", 20);
  arm("count", 20);
  disarm("kill");
  disarm("live");
  close();
  jest.advanceTimersByTime(100);
  expect(fired).toEqual([]);
  arm("kill", 20);
  disarm("kill");
  arm("live", 20);
  jest.advanceTimersByTime(20);
  expect(fired).toEqual(["live"]);
});

// The runtime's timers have 31 bits of milliseconds; a longer time fires at once.
test("a time that is too long for the runtime is shortened to its maximum", () => {
  const { arm, fired } = timers();
  arm("budget", 10_000_000_000);
  jest.advanceTimersByTime(2 ** 31 - 2);
  expect(fired).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(fired).toEqual(["budget"]);
});
