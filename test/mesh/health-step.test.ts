import { describe, expect, test } from "bun:test";
import { type HealthReport, nextTurn, stepHealth, UNPROBED } from "../../src/mesh/health-step.ts";

/** Results as a text: `+` healthy, `-` not; reports likewise, `.` for none. */
function reports(results: string, success: number, failure: number): string {
  let state = UNPROBED;
  return [...results]
    .map((each) => {
      const [next, report] = stepHealth(state, each === "+" ? undefined : "broken", { success, failure });
      state = next;
      return report === undefined ? "." : report.problem === undefined ? "+" : "-";
    })
    .join("");
}

test.each([
  [1, 1, "+++", "+.."],
  [1, 1, "---", "-.."],
  [1, 1, "-+-+", "-+-+"],
  [2, 1, "++", ".+"],
  [2, 1, "+-++", ".-.+"],
  [3, 2, "++-+++--+--", ".....+.-..."],
  [1, 3, "+--+---+", "+.....-+"],
  [1, 3, "--+--", "..+.."],
  [2, 2, "+-+-+-", "......"],
  [-1, 1, "+++-+", "...-."],
  [1, -1, "---+-", "...+."],
])("with thresholds %d and %d, %p reports %p", (success, failure, results, expected) => {
  expect(reports(results, success, failure)).toBe(expected);
});

describe("a report", () => {
  const reportOf = (problem: string | undefined): HealthReport | undefined => stepHealth(UNPROBED, problem, { success: 1, failure: 1 })[1];

  test("says what is wrong, by the result that decided", () => {
    const thresholds = { success: 1, failure: 2 };
    const [state] = stepHealth(UNPROBED, "first", thresholds);
    expect(stepHealth(state, "second", thresholds)[1]).toEqual({ problem: "second" });
    expect(reportOf(undefined)).toEqual({});
    expect(reportOf("")).toEqual({ problem: "" });
  });

  test("is one line of limited length", () => {
    expect(reportOf("a\n  b\r\nc")).toEqual({ problem: "a; b; c" });
    expect(reportOf("x".repeat(5_000))).toEqual({ problem: `${"x".repeat(1_000)}…` });
  });
});

test.each<[string, number | undefined, number, number, { wait: number; tick: number }]>([
  ["after the first probe, a period later", undefined, 100, 10, { wait: 10, tick: 120 }],
  ["at the tick", 110, 103, 10, { wait: 7, tick: 120 }],
  ["at once, at the tick itself", 110, 110, 10, { wait: 0, tick: 120 }],
  ["at once, if it has passed", 110, 115, 10, { wait: 0, tick: 120 }],
  ["at once, once for all that have passed", 110, 147, 10, { wait: 0, tick: 150 }],
])("the next probe begins %s", (_, tick, now, period, expected) => {
  expect(nextTurn(tick, now, period)).toEqual(expected);
});
