import { expect, test } from "bun:test";
import { type Load, type LoadPlan, startLoad } from "../support/load.ts";
import type { LoadReport } from "../support/load-report.ts";
import { type Contract, type Sidecar, startSidecar } from "../support/sidecar.ts";
import { eventually, type Setting } from "./support.ts";

// What clients see of a SIGTERM to the agent: three kinds of requests, with the endpoint removed 1.5 s later.

const CLIENTS: Omit<LoadPlan, "urls"> = { keepAlive: 30, fresh: 4 };
/** Seconds that the longest requests take: in a drain of 5 s, more than two seconds remain after the last of them. */
const LONGEST = 1;
const PROPAGATION = 1_500;
const WARM = 500;

interface Stop {
  readonly report: LoadReport;
  readonly status: number;
  /** From SIGTERM to the agent's exit. */
  readonly milliseconds: number;
  readonly log: string;
  readonly left: readonly number[];
}

/** Stops a sidecar under load; clients keep connections and addresses until the end, and open connections until the endpoint is removed. */
async function stopUnderLoad(
  sidecar: Sidecar,
  seconds = LONGEST,
  removed: (load: Load) => void | Promise<void> = afterPropagation,
): Promise<Stop> {
  const slow = Array.from({ length: 2 }, () => ({ path: "/slow", seconds }));
  const load = startLoad({ urls: [sidecar.url], ...CLIENTS, slow });
  await eventually(() => (load.progress().ok > WARM ? true : undefined));
  expect(load.progress().failed).toBe(0);
  const running = sidecar.envoys();
  load.mark("term");
  const signalled = performance.now();
  sidecar.agent.kill("SIGTERM");
  await removed(load);
  const status = await sidecar.agent.exited;
  const milliseconds = performance.now() - signalled;
  await load.ended;
  return { report: await load.stop(), status, milliseconds, log: sidecar.log(), left: running.filter(isThere) };
}

function afterPropagation(load: Load): void {
  load.endpointsRemovedAfter(PROPAGATION);
}

/** No client learns of it before the first is refused, however long that takes. */
async function afterRefusal(load: Load): Promise<void> {
  await eventually(() => (load.progress().failures.refused > 0 ? true : undefined));
  load.endpointsRemovedAfter(0);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Shorter than the longest request: the wait for the last connection must cover it. */
const SHORT = {
  args: ["--drain", "lossless"],
  proxyConfig: { terminationDrainDuration: "2s" },
  environment: { TERMINATION_DRAIN_DURATION_SECONDS: "2" },
};

const LOSSLESS: readonly (readonly [contract: Contract, what: string, setting: Setting, said: readonly string[]])[] = [
  ["istio-1.30", "by default", {}, ["(/drain_listeners?inboundonly&graceful) for 5 s"]],
  [
    "istio-1.30",
    "with --drain lossless",
    SHORT,
    ["(/drain_listeners?inboundonly&graceful&skip_exit) for 2 s or longer", "No connections are left"],
  ],
  [
    "istio-1.6",
    "with --drain lossless",
    SHORT,
    ["(/drain_listeners?inboundonly&graceful&skip_exit) for 2 s or longer", "No connections are left"],
  ],
];

test.each(LOSSLESS)(
  "%s %s: no request fails",
  async (contract, _, setting, said) => {
    await using sidecar = await startSidecar(setting, contract);
    const { report, status, milliseconds, log, left } = await stopUnderLoad(sidecar, setting === SHORT ? 3 : LONGEST);
    expect({ failures: report.failures, status, left }).toEqual({
      failures: { refused: 0, reset: 0, cut: 0, timeout: 0, status: 0 },
      status: 0,
      left: [],
    });
    // Every keep-alive connection was closed in order.
    expect(report.closedInOrder).toBeGreaterThanOrEqual(30);
    for (const text of said) expect(log).toContain(text);
    expect(milliseconds).toBeGreaterThan(1_990);
    expect(milliseconds).toBeLessThan(60_000);
  },
  300_000,
);

test("istio-1.6 by default: its recorded request refuses new connections until every client knows", async () => {
  await using sidecar = await startSidecar({}, "istio-1.6");
  const { report, status, log } = await stopUnderLoad(sidecar, LONGEST, afterRefusal);
  console.info(`istio-1.6 by default: ${report.failed} of ${report.requests} requests failed (${JSON.stringify(report.failures)})`);
  expect(log).toContain("Draining Envoy (/drain_listeners?inboundonly) for 5 s");
  expect(status).toBe(0);
  expect(report.failures.refused).toBeGreaterThan(0);
  expect(report.sinceMark["term"]?.firstFailure).toBeGreaterThanOrEqual(0);
}, 300_000);
