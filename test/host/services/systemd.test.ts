import { expect, test } from "bun:test";
import { watchdogInterval } from "../../../src/host/services/systemd.ts";
import { environmentOf } from "../../../src/inputs/environment.ts";

test.each([
  ["no limit", {}, undefined],
  ["half of it", { WATCHDOG_USEC: "30000000" }, 15_000],
  ["for this process", { WATCHDOG_USEC: "1000000", WATCHDOG_PID: "7" }, 500],
  ["for another process", { WATCHDOG_USEC: "1000000", WATCHDOG_PID: "8" }, undefined],
  ["for nobody in particular", { WATCHDOG_USEC: "1000000", WATCHDOG_PID: "" }, 500],
  ["less than a millisecond", { WATCHDOG_USEC: "1" }, 1],
  ["zero", { WATCHDOG_USEC: "0" }, undefined],
  ["empty", { WATCHDOG_USEC: "" }, undefined],
  ["no number", { WATCHDOG_USEC: "30s" }, undefined],
  ["negative", { WATCHDOG_USEC: "-1" }, undefined],
])("watchdog limit: %s", (_, variables, expected) => {
  expect(watchdogInterval(environmentOf(Object.entries(variables)), 7)).toBe(expected);
});
