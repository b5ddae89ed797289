import { describe, expect, test } from "bun:test";
import { budgetNotices, deadlinesOf, seconds } from "../../src/supervisor/budget.ts";
import type { Supervision } from "../../src/supervisor/supervision.ts";
import { play, RULES, TERMINATE, timer } from "./support.ts";

const LOSSLESS: Supervision["drain"] = { ...RULES.drain, until: "connections", lossless: true };
const COUNTING: Supervision["drain"] = { ...RULES.drain, until: "connections" };
const known = (milliseconds: number) => ({ milliseconds, isKnown: true });

describe("deadlines of a stop", () => {
  test.each<[string, Partial<Supervision>, { stop: number; kill: number } | undefined]>([
    ["an assumed grace period does not cut what the contract prescribes", {}, undefined],
    ["nor a recorded wait for connections", { drain: COUNTING }, undefined],
    ["but a lossless drain has no other end", { drain: LOSSLESS }, { stop: 25_500, kill: 29_500 }],
    ["a known one bounds all", { gracePeriod: known(10_000) }, { stop: 5_500, kill: 9_500 }],
    ["a short one leaves no time to drain", { gracePeriod: known(3_000) }, { stop: 0, kill: 2_500 }],
    ["none leaves no time at all", { gracePeriod: known(0) }, { stop: 0, kill: 0 }],
  ])("%s", (_, change, deadlines) => {
    expect(deadlinesOf({ ...RULES, ...change })).toEqual(deadlines as never);
  });

  test("the agent ends before a known grace period does", () => {
    const { commands } = play({ ...RULES, gracePeriod: known(3_000) }, [TERMINATE, timer("budget")]);
    const armed = commands.flatMap((each) => (each.kind === "arm" ? [[each.timer, each.milliseconds]] : []));
    expect(armed).toEqual([
      ["budget", 0],
      ["hold", 5_000],
      ["kill", 2_500],
    ]);
  });
});

describe("the schedule of a stop", () => {
  test("is one line", () => {
    expect(budgetNotices(RULES)).toEqual([
      {
        level: "info",
        text: "Stop plan: delay 0 s, drain 5 s, then SIGTERM, SIGKILL 4 s later; grace period 30 s (assumed; set it with --grace-period)",
      },
    ]);
  });

  test("notes that a drain may last longer", () => {
    expect(budgetNotices({ ...RULES, drain: LOSSLESS, gracePeriod: known(60_000) })[0]?.text).toBe(
      "Stop plan: delay 0 s, drain 5 s or more, until no connections are left, then SIGTERM, SIGKILL 4 s later; grace period 60 s",
    );
  });

  test.each<[string, Partial<Supervision>, string]>([
    [
      "known",
      { gracePeriod: known(8_000) },
      "The stop plan needs 9.5 s, but the grace period is 8 s: the drain will be cut short; raise terminationGracePeriodSeconds and --grace-period to 10",
    ],
    [
      "assumed",
      { preDrainDelay: 22_000 },
      "The stop plan needs 31.5 s, but the grace period is 30 s: Kubernetes may kill the pod before it completes; raise terminationGracePeriodSeconds and --grace-period to 32",
    ],
  ])("that does not fit is a warning with numbers: %s", (_, change, text) => {
    const [, warning] = budgetNotices({ ...RULES, ...change });
    expect(warning).toEqual({ level: "warn", text: expect.stringContaining(text) });
  });
});

test.each([
  [0, "0 s"],
  [500, "0.5 s"],
  [45_000, "45 s"],
])("%d ms are %p", (milliseconds, text) => {
  expect(seconds(milliseconds)).toBe(text);
});
