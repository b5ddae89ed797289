import { describe, expect, test } from "bun:test";
import { agentMetrics } from "../../src/status/agent-metrics.ts";
import { APPLICATION_TYPES, ENVOY_TYPES, mergedType, narrowAccept, SUBSTITUTES } from "../../src/status/media-types.ts";
import { scrapeTimeouts } from "../../src/status/scrape-timeouts.ts";

const PLAIN = "text/plain;version=0.0.4";
const OPEN = "application/openmetrics-text";

const twice = (text: string): [string, string] => [text, text];

describe("accept", () => {
  test.each([
    ["", PLAIN, PLAIN],
    ["*/*", "text/plain; q=0.1; version=0.0.4", "text/plain; q=0.1; version=0.0.4"],
    ["*/*, */*", "text/plain; q=0.1; version=0.0.4", "text/plain; q=0.1; version=0.0.4"],
    ["application/*", PLAIN, `${OPEN}; q=0.1; version=0.0.1`],
    ["application/json", PLAIN, PLAIN],
    ["text/*, image/*", "text/*; q=0.1", "text/*; q=0.1"],
    ["text/plain;;;=,", PLAIN, PLAIN],
    ["text/plain;q=0.2", "text/plain; q=0.1", "text/plain; q=0.1"],
    [
      `${OPEN};version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      "text/plain; q=0.1; version=0.0.4",
      `${OPEN}; q=0.2; version=1.0.0,text/plain; q=0.1; version=0.0.4`,
    ],
    ["text/plain;version=0.0.4,*/*", "text/plain; q=0.1; version=0.0.4", "text/plain; q=0.1; version=0.0.4"],
    ['Text/Plain; Version="0.0.4"; q=0.3, *', "text/plain; q=0.1; version=0.0.4", "text/plain; q=0.1; version=0.0.4"],
    [`${OPEN};version=0.0.1,application/*`, PLAIN, `${OPEN}; q=0.1; version=0.0.1`],
    // Duplicates in the list itself are kept, and so is a type that only resembles the substitute.
    ["*/*,text/plain;version=0.0.4", ...twice("text/plain; q=0.2; version=0.0.4,text/plain; q=0.1; version=0.0.4")],
    ["text/plain;version=0.0.4,text/plain;version=0.0.4", ...twice("text/plain; q=0.2; version=0.0.4,text/plain; q=0.1; version=0.0.4")],
    ["text/plain;version=1.0.0,*/*", ...twice("text/plain; q=0.2; version=1.0.0,text/plain; q=0.1; version=0.0.4")],
    ["text/plain,*/*", ...twice("text/plain; q=0.2,text/plain; q=0.1; version=0.0.4")],
  ] satisfies [string, string, string][])("%j", (accept, envoy, application) => {
    expect(narrowAccept(accept, ENVOY_TYPES, SUBSTITUTES).accept).toBe(envoy);
    expect(narrowAccept(accept, APPLICATION_TYPES, SUBSTITUTES).accept).toBe(application);
  });
});

test("a substitute keeps its quality from one request to the next, as upstream's does", () => {
  let substitutes = SUBSTITUTES;
  const sent = (accept: string) => {
    const narrowed = narrowAccept(accept, APPLICATION_TYPES, substitutes);
    substitutes = narrowed.substitutes;
    return narrowed.accept;
  };
  expect(sent("/")).toBe(PLAIN);
  expect(sent("*/*,text/plain")).toBe("text/plain; q=0.2; version=0.0.4,text/plain; q=0.1");
  expect(sent("/")).toBe("text/plain;q=0.2;version=0.0.4");
  expect(sent("text/plain;version=0.0.4,*/*")).toBe("text/plain; q=0.2; version=0.0.4,text/plain; q=0.1; version=0.0.4");
  expect(sent("application/json")).toBe("text/plain;q=0.1;version=0.0.4");
  expect(sent("*,*/*")).toBe("text/plain; q=0.1; version=0.0.4");
  expect(SUBSTITUTES.plain.parameters.has("q")).toBe(false);
});

test.each([
  [undefined, "text/plain; version=0.0.4; charset=utf-8"],
  ["text/plain", "text/plain; version=0.0.4; charset=utf-8"],
  [OPEN, `${OPEN}; version=0.0.1; charset=utf-8`],
  [`${OPEN}; version=1.0.0; charset=utf-8`, `${OPEN}; version=1.0.0; charset=utf-8`],
  [`${OPEN}; version="1.0.0"`, `${OPEN}; version=1.0.0; charset=utf-8`],
  [`${OPEN}; version=2.0.0`, "text/plain; version=0.0.4; charset=utf-8"],
  ["nonsense;;", "text/plain; version=0.0.4; charset=utf-8"],
])("an application of type %p makes the page %s", (application, merged) => {
  expect(mergedType(application)).toBe(merged);
});

test.each([
  [undefined, undefined, 9_500],
  ["soon", undefined, 9_500],
  ["", undefined, 9_500],
  ["0", undefined, 9_500],
  ["0x10", undefined, 9_500],
  [" 5", undefined, 9_500],
  ["-1", undefined, 9_500],
  ["NaN", undefined, 9_500],
  ["Inf", undefined, 9_500],
  ["1e300", 1e303, 1e303],
  ["1e999", undefined, 9_500],
  ["1e-3", 1, 50],
  ["0.5", 500, 400],
  ["3", 3_000, 2_700],
  ["+1e1", 10_000, 9_500],
  ["60", 60_000, 59_500],
])("a scrape with a timeout of %p: %p ms are stated, %p ms a source's", (header, stated, source) => {
  const time = scrapeTimeouts(header);
  expect([time.scraper, time.source]).toEqual([stated, source]);
  const whole = Math.max(stated ?? 10_000, 100);
  expect(time.source + time.margin).toBe(whole);
  expect(time.applicationType).toBe(Math.min(whole / 3, 2_000));
});

test("the agent's families are complete, and labels are escaped", () => {
  const text = agentMetrics(
    { scrapes: 2, failures: { envoy: 1, application: 0, agent: 0 }, startupSeconds: 1.5 },
    { state: 'a"b\n', epoch: 3, restarts: 1, hotRestarts: { kept: 2 } },
    { cpuSeconds: 1, residentBytes: 2, startTime: 3, now: 0, version: "1", commit: "c" },
    "text",
  );
  expect(text).toStartWith("# HELP istio_agent_");
  expect(text).toContain("\nistio_agent_scrapes_total 2\n");
  expect(text).toContain('\nistio_agent_scrape_failures_total{type="envoy"} 1\n');
  expect(text).toContain('\nistio_agent_envoy_state{state="a\\"b\\n"} 1\n');
  expect(text).not.toContain("drain_duration");
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("# ") && !line.startsWith("istio_agent_"))).toEqual([]);
});
