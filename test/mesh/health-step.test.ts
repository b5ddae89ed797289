import { describe, expect, test } from "bun:test";
import { healthLog } from "../../src/mesh/health-log.ts";
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

describe("the log", () => {
  /** Lines for results, of which a text is why the workload is not healthy. */
  function logged(results: readonly (string | undefined)[], failure = 1): readonly string[] {
    const lines: string[] = [];
    const note = healthLog((level, text) => lines.push(`${level} ${text.replace(" (readinessProbe in the ProxyConfig)", "")}`));
    let state = UNPROBED;
    for (const problem of results) {
      const [next] = stepHealth(state, problem, { success: 1, failure });
      note(state, next, problem);
      state = next;
    }
    return lines;
  }
  const [UP, DOWN] = ["info The workload is healthy", "The workload is NOT healthy: "];

  test("has each change, and each reason once until the workload is healthy", () => {
    expect(logged([undefined, undefined, "a", "a", "b", "a", undefined, "a"])).toEqual([
      UP,
      `warn ${DOWN}a`,
      `warn ${DOWN}b`,
      UP,
      `warn ${DOWN}a`,
    ]);
  });

  test("has a reason once, whatever the port of the probe", () => {
    const cut = (port: number) => `read tcp 127.0.0.6:${port}->10.0.0.1:8080: connection reset by peer`;
    expect(logged([undefined, cut(40_001), cut(40_002)])).toEqual([UP, `warn ${DOWN}${cut(40_001)}`]);
  });

  test("has the first reason as information, because Envoy is not up yet", () => {
    expect(logged(["a", "b", undefined])).toEqual([`info ${DOWN}a`, `warn ${DOWN}b`, UP]);
  });

  test("has nothing before the threshold is reached", () => {
    expect(logged([undefined, "a", "b", undefined, "c"], 3)).toEqual([UP]);
  });

  test("has a limited number of reasons, each of limited length", () => {
    expect(logged(Array.from({ length: 100 }, (_, index) => `reason ${index}`))).toHaveLength(20);
    expect(logged(["x\ny".repeat(1_000)])[0]?.length).toBeLessThan(2_000);
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
