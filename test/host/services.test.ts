import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { AgentContext, ServiceRow } from "../../src/commands/service.ts";
import { ConfigError } from "../../src/common/errors.ts";
import type { Log } from "../../src/common/notice.ts";
import { serviceGroup } from "../../src/host/services/service-group.ts";
import { SERVICES } from "../../src/host/services.ts";
import { openAgentMetrics } from "../../src/host/supervisor/agent-metrics.ts";
import type { Environment } from "../../src/inputs/environment.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { startCounts } from "../../src/mesh/counts.ts";
import { trustBundle } from "../../src/mesh/trust-bundle.ts";
import type { Event } from "../../src/supervisor/state.ts";
import { envoyIs, eventually, newPlace, type Place, textsOf } from "../scenarios/support.ts";
import { BLANK_AGENT } from "../support/blank-plan.ts";
import { ROOT, type Subject } from "../support/subject.ts";

/** attache with one service more: a file, and a row in the list. */
const SUBJECT: Subject = {
  name: "with a test service",
  command: [process.execPath, "--preload", join(ROOT, "src/host/eta-plugin.ts"), join(import.meta.dir, "fixtures/with-test-service.ts")],
};

const start = (place: Place, misbehaviour: string, env: Readonly<Record<string, string>> = {}) =>
  place.start(SUBJECT, ["proxy"], {
    env: { ...envoyIs("exits-on-term"), EXIT_CODE: "0", TEST_SERVICE: misbehaviour, TEST_SOCKET: place.path("socket"), ...env },
  });

describe("a service that is added in one file and one row", () => {
  test("listens, hears the supervisor, and ends after Envoy", async () => {
    using place = newPlace();
    const running = start(place, "behaves");
    await running.said("ready\n");
    await running.said("Opening status port");
    running.signal("SIGTERM");
    const { status, stderr } = await running.ended;
    expect(status).toBe(0);
    const said = textsOf("info", stderr);
    const at = (text: string) => said.findIndex((line) => line.startsWith(text));
    expect(at("Test service listens")).toBeGreaterThan(at("Envoy command"));
    expect(at("Test service sees stopping")).toBeGreaterThan(at("Envoy command"));
    expect(at("Test service is interrupted")).toBeGreaterThan(at("Epoch 0 exited"));
  });

  test("that fails at its start has Envoy stopped, and leaves nothing", async () => {
    using place = newPlace();
    const { status, stderr } = await start(place, "fails").ended;
    expect([status, textsOf("error", stderr)]).toEqual([255, ["Cannot listen for tests: it was asked to fail"]]);
    expect(textsOf("info", stderr)).toContain("Stopping Envoy: the test service cannot be opened");
    expect(place.has("etc/istio/proxy/envoy-rev.json")).toBe(false);
  });

  test("that hangs at its end is not awaited for longer than its limit", async () => {
    using place = newPlace();
    const running = start(place, "hangs");
    await running.said("ready\n");
    await running.said("Opening status port");
    running.signal("SIGTERM");
    const { status, stderr } = await running.ended;
    expect([status, textsOf("warn", stderr).at(-1)]).toEqual([0, "The test service has not ended within 0.2 s and is left"]);
  });

  test("that ends by itself has Envoy stopped in order, and the others interrupted", async () => {
    using place = newPlace();
    const { status, stderr } = await start(place, "ends").ended;
    expect(status).toBe(255);
    expect(textsOf("info", stderr)).toContain("Stopping Envoy: the test service has ended");
  });

  test("says why the proxy is not ready, beside what Envoy says", async () => {
    using place = newPlace();
    const running = start(place, "not-ready");
    await running.said("Opening status port");
    const [, port] = /Opening status port (\d+)/.exec(running.stderr()) ?? [];
    expect((await fetch(`http://127.0.0.1:${port}/healthz/ready`)).status).toBe(503);
    await eventually(() => running.stderr().includes("; test service has no answer yet; "), "the reason is logged");
    running.signal("SIGTERM");
    expect((await running.ended).status).toBe(0);
  });
});

describe("the list of services", () => {
  const context = (environment: Environment): AgentContext => ({
    agent: BLANK_AGENT,
    environment,
    log: () => {},
    push: () => {},
    strict: false,
  });

  test("wants of an agent that has nothing to serve only what every agent has", () => {
    const wanted = SERVICES.filter((row) => row.wanted(context(environmentOf([])))).map(({ name }) => name);
    expect(wanted).toEqual(["reaper of orphans", "trimming of memory"]);
  });

  test("has each name once", () => {
    const names = SERVICES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("a service that cannot be opened", () => {
  test.each([
    ["warning", false, ["warn"], []],
    ["warning", true, ["warn"], []],
    ["strict", false, ["error"], []],
    ["strict", true, ["error"], ["the test service cannot be opened (--strict)"]],
  ] as const)("where its failure is a %s one and strict is %p", async (onFailure, strict, logged, stops) => {
    const levels: string[] = [];
    const reasons: string[] = [];
    const row: ServiceRow = {
      name: "test service",
      onFailure,
      lasts: "until-stop",
      limit: 200,
      wanted: () => true,
      open: async () => {
        throw new ConfigError("Cannot open it", ["no reason"]);
      },
    };
    const log: Log = (level) => void levels.push(level);
    const push = (event: Event) => void (event.kind === "fail" && reasons.push(event.why));
    const context = { agent: BLANK_AGENT, environment: environmentOf([]), log, push, strict };
    const readiness = { check: async () => true, startup: () => undefined, wasAsked: () => false };
    const metrics = openAgentMetrics().metrics;
    await serviceGroup([row], { log, push, strict }).open({
      ...context,
      readiness,
      metrics,
      drain: async () => {},
      whenRoom: (act) => act(),
      sockets: {},
      counts: startCounts(),
      bundle: trustBundle(),
    });
    expect([levels, reasons]).toEqual([[...logged], [...stops]]);
  });
});
