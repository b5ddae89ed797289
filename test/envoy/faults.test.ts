import { describe, expect, test } from "bun:test";
import { BINARY } from "../support/subject.ts";
import { inOrder } from "./in-order.ts";
import { type RunningProxy, startProxy } from "./proxy.ts";

// Failures around a real Envoy, on the built binary: exit status, order of events, duration, leftovers and log.

const drainOf = (time: string) => ({ proxyConfig: { terminationDrainDuration: time } });

describe("SIGTERM", () => {
  test("idle: drains for its time, then Envoy exits with 0", async () => {
    await using proxy = await startProxy(BINARY, drainOf("1s"));
    await proxy.live();
    proxy.process.kill("SIGTERM");
    const { status, milliseconds } = await proxy.ended();
    expect(status).toBe(0);
    expect(milliseconds).toBeGreaterThan(990);
    expect(milliseconds).toBeLessThan(15_000);
    inOrder(
      proxy.said(),
      "Stop plan:",
      "Received SIGTERM",
      "Draining Envoy (/drain_listeners?inboundonly&graceful)",
      "Epoch 0 exited normally",
    );
  });

  test("right after Envoy was started, before its signal handlers are installed", async () => {
    await using proxy = await startProxy(BINARY, drainOf("0s"));
    await proxy.saying("Envoy command:");
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).status).toBe(0);
  });

  test("twice: the second has no effect", async () => {
    await using proxy = await startProxy(BINARY, drainOf("1s"));
    await proxy.live();
    proxy.process.kill("SIGTERM");
    await proxy.saying("Draining Envoy");
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).status).toBe(0);
    inOrder(proxy.said(), "Received SIGTERM, stopping", "Received SIGTERM, already stopping", "Epoch 0 exited normally");
    expect(loggedAt(proxy, "Epoch 0 exited normally") - loggedAt(proxy, "Draining Envoy")).toBeGreaterThan(990);
  });

  test("while Envoy hangs: it is killed after the timeout, which is still a requested stop", async () => {
    await using proxy = await startProxy(BINARY, { ...drainOf("0s"), environment: { ATTACHE_STOP_TIMEOUT: "0.5" } });
    await proxy.live();
    const [envoy = 0] = proxy.envoys();
    globalThis.process.kill(envoy, "SIGSTOP");
    proxy.process.kill("SIGTERM");
    const { status, milliseconds } = await proxy.ended();
    expect(status).toBe(0);
    expect(milliseconds).toBeLessThan(15_000);
    inOrder(proxy.said(), "Received SIGTERM", "Envoy has not stopped within 0.5 s (--stop-timeout), killing it");
  });

  test("a known grace period limits any drain", async () => {
    await using proxy = await startProxy(BINARY, {
      ...drainOf("1h"),
      environment: { ATTACHE_GRACE_PERIOD: "20", ATTACHE_STOP_TIMEOUT: "19" },
    });
    await proxy.live();
    inOrder(proxy.said(), "Stop plan:", "The stop plan needs 3619.5 s, but the grace period is 20 s: the drain will be cut short");
    proxy.process.kill("SIGTERM");
    const { status, milliseconds } = await proxy.ended();
    expect(status).toBe(0);
    expect(milliseconds).toBeLessThan(20_000);
    inOrder(
      proxy.said(),
      "Received SIGTERM",
      "The grace period is nearly over (--grace-period), ending the drain",
      "Epoch 0 exited normally",
    );
  });

  test("after the pre-drain delay", async () => {
    await using proxy = await startProxy(BINARY, { ...drainOf("0s"), environment: { ATTACHE_PRE_DRAIN_DELAY: "500ms" } });
    await proxy.live();
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).milliseconds).toBeGreaterThan(490);
    inOrder(proxy.said(), "Waiting 0.5 s before the drain", "Draining Envoy");
  });

  test("lossless: ends with the last connection, not after a fixed time", async () => {
    await using proxy = await startProxy(BINARY, { ...drainOf("200ms"), environment: { ATTACHE_DRAIN: "lossless" } });
    await proxy.live();
    const held = await hold(proxy.url);
    proxy.process.kill("SIGTERM");
    await proxy.saying("1 connection is left");
    held.end();
    expect((await proxy.ended()).status).toBe(0);
    inOrder(
      proxy.said(),
      "Draining Envoy (/drain_listeners?inboundonly&graceful&skip_exit) for 0.2 s or longer",
      "1 connection is left",
      "No connections are left",
    );
  });
});

test("SIGINT three times: the drain, its end, Envoy's end", async () => {
  await using proxy = await startProxy(BINARY, { ...drainOf("1h"), environment: { ATTACHE_STOP_TIMEOUT: "1h" } });
  await proxy.live();
  const [envoy = 0] = proxy.envoys();
  proxy.process.kill("SIGINT");
  await proxy.saying("Draining Envoy");
  globalThis.process.kill(envoy, "SIGSTOP");
  proxy.process.kill("SIGINT");
  await proxy.saying("ending the drain");
  proxy.process.kill("SIGINT");
  expect((await proxy.ended()).status).toBe(0);
  inOrder(proxy.said(), "Received SIGINT, stopping", "Received SIGINT, ending the drain", "Received SIGINT, killing Envoy");
});

describe("an unrequested exit of Envoy", () => {
  test.each([
    ["SIGKILL", 137],
    ["SIGSEGV", 139],
  ] as const)("by %s is status %d", async (signal, status) => {
    await using proxy = await startProxy(BINARY);
    await proxy.live();
    globalThis.process.kill(proxy.envoys()[0] ?? 0, signal);
    expect((await proxy.ended()).status).toBe(status);
    inOrder(proxy.said(), "Epoch 0 exited with error");
  });

  test("during a drain ends the drain", async () => {
    await using proxy = await startProxy(BINARY, drainOf("1h"));
    await proxy.live();
    const [envoy = 0] = proxy.envoys();
    proxy.process.kill("SIGTERM");
    await proxy.saying("Draining Envoy");
    globalThis.process.kill(envoy, "SIGTERM");
    const { status, milliseconds } = await proxy.ended();
    expect([status, milliseconds < 15_000]).toEqual([0, true]);
  });

  test("a crash during the drain keeps its status", async () => {
    await using proxy = await startProxy(BINARY, drainOf("1h"));
    await proxy.live();
    const [envoy = 0] = proxy.envoys();
    proxy.process.kill("SIGTERM");
    await proxy.saying("Draining Envoy");
    globalThis.process.kill(envoy, "SIGSEGV");
    expect((await proxy.ended()).status).toBe(139);
  });

  test("is followed by a restart if the policy says so", async () => {
    await using proxy = await startProxy(BINARY, { ...drainOf("0s"), environment: { ATTACHE_RESTART: "on-failure" } });
    await proxy.saying("Epoch 0 is live");
    const [first = 0] = proxy.envoys();
    globalThis.process.kill(first, "SIGKILL");
    await proxy.saying("Epoch 0 is live", 2);
    expect(proxy.envoys()).not.toContain(first);
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).status).toBe(0);
    inOrder(
      proxy.said(),
      "Epoch 0 exited with error: signal: SIGKILL",
      "Restarting Envoy in 1 s (--restart on-failure)",
      "Epoch 0 is live",
    );
  });
});

/** Returns the time of the first line with a text, in milliseconds, as the agent has logged it. */
function loggedAt(proxy: RunningProxy, text: string): number {
  return Date.parse(
    /^\S+/.exec(
      proxy
        .said()
        .split("\n")
        .find((line) => line.includes(text)) ?? "",
    )?.[0] ?? "",
  );
}

/** Opens a connection that sends a request and stays open. */
async function hold(url: string): Promise<{ readonly end: () => void }> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = await Bun.connect({ hostname, port: Number(port), socket: { data: () => resolve() } });
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await promise;
  return { end: () => void socket.end() };
}
