import { expect, jest, test } from "bun:test";
import { retryLater } from "../../../src/host/files/open-watch.ts";

test("what fails is tried again with waits that grow to a minute, and from the beginning once it has succeeded", () => {
  jest.useFakeTimers();
  try {
    const start = Date.now();
    const times: number[] = [];
    let isFailing = true;
    const { schedule } = retryLater(() => {
      times.push((Date.now() - start) / 1_000);
      return isFailing;
    });
    schedule();
    schedule();
    jest.advanceTimersByTime(190_000);
    expect(times).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
    isFailing = false;
    jest.advanceTimersByTime(120_000);
    expect(times.slice(8)).toEqual([243]);
    schedule();
    jest.advanceTimersByTime(1_000);
    expect(times.slice(9)).toEqual([311]);
  } finally {
    jest.useRealTimers();
  }
});
