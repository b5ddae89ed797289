import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { openCollector } from "../../../src/host/http/collector.ts";

const LOAD = 600_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("releases the memory of a load once, when the last load was long enough ago", () => {
  let released = 0;
  const collector = openCollector(() => void released++, 100);
  collector.leave(0, LOAD);
  jest.advanceTimersByTime(60);
  collector.leave(0, LOAD);
  jest.advanceTimersByTime(99);
  expect(released).toBe(0);
  jest.advanceTimersByTime(1);
  expect(released).toBe(1);
  jest.advanceTimersByTime(1_000);
  expect(released).toBe(1);
});

test("releases the memory of the next load as well", () => {
  let released = 0;
  const collector = openCollector(() => void released++, 100);
  collector.leave(0, LOAD);
  jest.advanceTimersByTime(100);
  collector.leave(0, LOAD);
  jest.advanceTimersByTime(100);
  expect(released).toBe(2);
});

test("sets no timer for occasional garbage, and none is left when it is closed", () => {
  let released = 0;
  const collector = openCollector(() => void released++, 100);
  collector.leave(1_000, 1_000);
  expect(jest.getTimerCount()).toBe(0);
  collector.leave(0, LOAD);
  expect(jest.getTimerCount()).toBe(1);
  collector.close();
  jest.advanceTimersByTime(1_000);
  expect([jest.getTimerCount(), released]).toEqual([0, 0]);
});
