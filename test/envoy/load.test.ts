import { expect, test } from "bun:test";
import { type LoadPlan, startLoad } from "../support/load.ts";
import { startSidecar } from "../support/sidecar.ts";
import { eventually } from "./support.ts";

const CLIENTS: Omit<LoadPlan, "urls"> = { keepAlive: 30, fresh: 4, slow: [{ path: "/slow", seconds: 0.5 }] };
const STEADY = 2_000;

test("a steady load has no failures, and every kind of client gets its responses", async () => {
  await using sidecar = await startSidecar();
  expect(await sidecar.admin.epoch()).toBe(0);
  const load = startLoad({ urls: [sidecar.url], ...CLIENTS });
  const started = performance.now();
  await eventually(() => (performance.now() - started > STEADY && load.progress().ok > 500 ? true : undefined));
  const report = await load.stop();
  expect(report).toEqual({
    requests: report.ok,
    ok: report.ok,
    failed: 0,
    failures: { refused: 0, reset: 0, cut: 0, timeout: 0, status: 0 },
    closedInOrder: 0,
    sinceMark: {},
  });
});

test("after Envoy is killed, requests are cut and refused", async () => {
  await using sidecar = await startSidecar();
  const load = startLoad({ urls: [sidecar.url], ...CLIENTS, slow: [{ path: "/slow", seconds: 30 }] });
  await eventually(() => (load.progress().ok > 100 ? true : undefined));
  load.mark("kill");
  for (const pid of sidecar.envoys()) process.kill(pid, "SIGKILL");
  await eventually(() => (load.progress().failures.refused > 0 ? true : undefined));
  const { failures, failed, sinceMark } = await load.stop();
  // At least the slow request in progress gets no response.
  expect(failures.cut + failures.reset).toBeGreaterThan(0);
  expect(failed).toBeGreaterThan(1);
  expect(sinceMark["kill"]?.firstFailure).toBeGreaterThanOrEqual(0);
  expect(await sidecar.agent.exited).toBe(137);
});

test("a drain closes every connection, and with the endpoint removed no client fails", async () => {
  await using sidecar = await startSidecar();
  const load = startLoad({ urls: [sidecar.url], ...CLIENTS });
  await eventually(() => (load.progress().ok > 100 ? true : undefined));
  load.endpointsRemovedAfter(100);
  load.mark("term");
  expect(await sidecar.admin.post("/drain_listeners?inboundonly&graceful&skip_exit")).toBe(200);
  await load.ended;
  const { failed, closedInOrder, ok } = load.progress();
  expect(failed).toBe(0);
  expect(closedInOrder).toBeGreaterThanOrEqual(30);
  expect((await load.stop()).ok).toBe(ok);
});
