import { expect, test } from "bun:test";
import { openTimers } from "../../src/host/care/timers.ts";
import type { Timer } from "../../src/supervisor/state.ts";

test("a time beyond what the runtime counts is not over at once", async () => {
  const { promise, resolve } = Promise.withResolvers<Timer>();
  const timers = openTimers(resolve);
  timers.arm("budget", 10_000_000_000);
  timers.arm("kill", 20);
  expect(await promise).toBe("kill");
  timers.close();
});
