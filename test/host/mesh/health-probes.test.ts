import { afterEach, describe, expect, jest, test } from "bun:test";
import { openHealthProbes } from "../../../src/host/mesh/health-probes.ts";
import type { HealthReport } from "../../../src/mesh/health-step.ts";
import type { HealthPlan } from "../../../src/mesh/mesh-plan.ts";
import { untilTrue } from "../../support/eventually.ts";
import { closing, scripted, stopAll } from "../status/status-port.ts";

afterEach(() => {
  jest.useRealTimers();
  stopAll();
});

/** Starts probes of an application with a status, every 5 ms. */
function start(changes: Partial<HealthPlan> = {}) {
  const now: { status: number; envoy: string | undefined } = { status: 200, envoy: undefined };
  const probes: number[] = [];
  const reports: HealthReport[] = [];
  /** The probes until each report. */
  const counts: { readonly healthy: number; readonly broken: number }[] = [];
  const logged: string[] = [];
  const port = scripted(() => {
    probes.push(now.status);
    return new Response(null, { status: now.status });
  });
  const place = `127.0.0.1:${port}`;
  const url = { scheme: "http", host: place, path: "/", query: undefined };
  const { close } = openHealthProbes({
    plan: {
      initialDelay: 0,
      period: 5,
      thresholds: { success: 1, failure: 1 },
      probe: { kind: "http", url, host: place, headers: [], source: "127.0.0.6", timeout: 30_000 },
      ...changes,
    },
    envoyProblem: async () => now.envoy,
    report(report) {
      reports.push(report);
      const healthy = probes.filter((each) => each === 200).length;
      counts.push({ healthy, broken: probes.length - healthy });
    },
    log: (level, text) => logged.push(`${level} ${text}`),
  });
  closing.push(close);
  return { now, probes, reports, counts, logged, close };
}

const NOT_HEALTHY = "The workload is NOT healthy (readinessProbe in the ProxyConfig)";
const HEALTHY = "info The workload is healthy (readinessProbe in the ProxyConfig)";

describe("probes", () => {
  test("report what changes, once", async () => {
    const { now, probes, reports, logged } = start();
    await untilTrue(() => probes.length > 3);
    expect(reports).toEqual([{}]);
    now.status = 500;
    await untilTrue(() => reports.length === 2);
    now.status = 404;
    await untilTrue(() => probes.filter((each) => each === 404).length > 3);
    now.status = 200;
    await untilTrue(() => reports.length === 3);
    expect(reports).toEqual([{}, { problem: "HTTP status code 500" }, {}]);
    expect(logged).toEqual([HEALTHY, `warn ${NOT_HEALTHY}: HTTP status code 500`, `warn ${NOT_HEALTHY}: HTTP status code 404`, HEALTHY]);
  });

  test("ask Envoy first, and not the application if it is not ready", async () => {
    const { now, probes, reports, logged } = start();
    now.envoy = "CDS not received";
    await untilTrue(() => reports.length === 1);
    expect(probes).toEqual([]);
    now.envoy = undefined;
    await untilTrue(() => reports.length === 2);
    expect(reports).toEqual([{ problem: "CDS not received" }, {}]);
    expect(logged).toEqual([`info ${NOT_HEALTHY}: CDS not received`, HEALTHY]);
  });

  test("take as many equal results as the threshold", async () => {
    const { now, reports, counts } = start({ thresholds: { success: 3, failure: 2 } });
    await untilTrue(() => reports.length === 1);
    now.status = 500;
    await untilTrue(() => reports.length === 2);
    expect([counts[0]?.healthy, counts[1]?.broken]).toEqual([3, 2]);
  });

  test("end when they are closed", async () => {
    const { probes, close } = start();
    await untilTrue(() => probes.length > 0);
    close();
    const { length } = probes;
    const other = start();
    await untilTrue(() => other.probes.length > 10);
    // One may have been on its way.
    expect(probes.length - length).toBeLessThan(2);
  });

  test("end when they are closed in the first delay", async () => {
    jest.useFakeTimers();
    const closed = start({ initialDelay: 20 });
    const open = start({ initialDelay: 20 });
    closed.close();
    jest.advanceTimersByTime(20);
    jest.useRealTimers();
    await untilTrue(() => open.probes.length > 10);
    expect([closed.probes, closed.reports]).toEqual([[], []]);
  });

  test("with a bug end with its stack in the log", async () => {
    const logged: string[] = [];
    openHealthProbes({
      plan: { initialDelay: 0, period: 5, thresholds: { success: 1, failure: 1 }, probe: { kind: "invalid", problem: "" } },
      envoyProblem: () => Promise.reject(new TypeError("x is not a function")),
      report() {},
      log: (level, text) => logged.push(`${level} ${text}`),
    });
    await untilTrue(() => logged.length > 0);
    expect(logged).toEqual([expect.stringMatching(/^error This is a bug in attache: TypeError: x is not a function/)]);
  });
});
