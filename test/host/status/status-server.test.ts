import { afterEach, describe, expect, jest, test } from "bun:test";
import type { XdsSource } from "../../../src/status/status-plan.ts";
import { planOf } from "../../status/plan.ts";
import { untilTurn } from "../../support/eventually.ts";
import { AGENT, freePort, later, listener, opened, raw, scripted, started, stopAll } from "./status-port.ts";

afterEach(() => {
  jest.useRealTimers();
  stopAll();
});

const UPDATED = "cluster_manager.cds.update_success: 1\nlistener_manager.lds.update_success: 1\n";
const LIVE = "server.state: 0\nlistener_manager.workers_started: 1\n";

describe("readiness", () => {
  test("goes from nothing to ready, stays ready, and logs every change once", async () => {
    let page = "";
    const asked: string[] = [];
    const admin = scripted((request) => {
      asked.push(new URL(request.url).search);
      return new Response(page);
    });
    const { url, calls, lines } = await started({ admin: { host: "127.0.0.1", port: admin } });
    const status = async () => (await fetch(`${url}/healthz/ready`)).status;
    expect([await status(), await status()]).toEqual([503, 503]);
    expect(await (await fetch(`${url}/stats/prometheus`)).text()).not.toContain("startup_duration");
    page = UPDATED;
    expect(await status()).toBe(503);
    page = LIVE;
    expect([await status(), await status()]).toEqual([200, 200]);
    expect(asked).toEqual(["?updates", "?updates", "?updates", "?state", "?state"]);
    expect(calls).toEqual(["ready"]);
    expect(await (await fetch(`${url}/stats/prometheus`)).text()).toMatch(/^istio_agent_startup_duration_seconds \d+(\.\d+)?$/m);
    const said = lines.filter((line) => line.includes("ready") || line.includes("NOT"));
    expect(said.map((line) => line.replace(/; \d+ s since start$/, ""))).toEqual([
      "warn Envoy proxy is NOT ready: CDS not received, LDS not received (cds updates: 0 successful, 0 rejected; lds updates: 0 successful, 0 rejected)",
      "warn Envoy proxy is NOT ready: server.state is not in Envoy's statistics yet",
      expect.stringMatching(/^info Envoy proxy is ready; \d+\.\d s since start$/),
    ]);
  });

  test.each<[string, () => XdsSource, string | undefined]>([
    [
      "server",
      () => ({ kind: "server", host: "127.0.0.1", port: freePort() }),
      'control plane "127.0.0.1:PORT" did not answer: connection refused',
    ],
    ["socket", () => ({ kind: "socket", path: "/no/XDS" }), 'xDS socket "/no/XDS" does not exist: nothing is listening'],
    ["server", () => ({ kind: "server", host: "127.0.0.1", port: later(listener()).port }), undefined],
    [
      "directory",
      () => ({ kind: "files", directory: "/no" }),
      'File "/no/clusters.yaml" does not exist; File "/no/listeners.yaml" does not exist',
    ],
  ])("reports once why a %s cannot be reached", async (_, source, problem) => {
    const pages = ["", "", "cluster_manager.cds.update_rejected: 1\n", UPDATED + LIVE];
    const admin = scripted(() => new Response(pages[0]));
    const readiness = { ...planOf({}).readiness, xds: source() };
    const { url, lines } = await started({ admin: { host: "127.0.0.1", port: admin }, readiness });
    // A server that can be reached is so in time.
    jest.useFakeTimers();
    for (; pages.length > 0; pages.shift()) await fetch(`${url}/healthz/ready`);
    await untilTurn(() => lines.some((line) => line.includes("is ready")));
    const said = lines.filter((line) => line.includes("ready")).map((line) => line.replace(/127\.0\.0\.1:\d+" did/, '127.0.0.1:PORT" did'));
    expect(said).toEqual([
      expect.stringMatching(/NOT ready: CDS (not received|cannot be read), LDS (not received|cannot be read)/),
      expect.stringMatching(/NOT ready: CDS rejected by Envoy, LDS not received .*Envoy's log lines say why/),
      expect.stringMatching(/^info Envoy proxy is ready; \d+\.\d s since start$/),
    ]);
    expect(said.map((line) => line.replace(/.* s since start(; )?/, ""))[0]).toBe(problem ?? "");
    expect(said[1]).toEndWith(" s since start");
  });

  test("gives the xDS source's reason next to the reasons of other services", async () => {
    const admin = scripted(() => new Response(""));
    const readiness = { ...planOf({}).readiness, xds: { kind: "socket", path: "/no/XDS" } as const };
    const plan = { admin: { host: "127.0.0.1", port: admin }, readiness };
    const { url, lines } = await started(plan, undefined, () => ["test service has no answer yet"]);
    await fetch(`${url}/healthz/ready`);
    const said = () => lines.find((line) => line.includes("NOT ready"));
    await untilTurn(() => said() !== undefined);
    expect(said()).toMatch(/; test service has no answer yet; .*; xDS socket "\/no\/XDS" does not exist/);
  });

  test("ends during a drain with --readiness live", async () => {
    const admin = scripted(() => new Response(UPDATED + LIVE));
    const { readiness } = planOf({});
    const { url, calls } = await started({
      admin: { host: "127.0.0.1", port: admin },
      readiness: { ...readiness, remembersState: false },
      drainWithdraws: true,
    });
    expect((await fetch(`${url}/healthz/ready`)).status).toBe(200);
    expect(await (await fetch(`${url}/drain`, { method: "POST" })).text()).toBe("OK");
    expect((await fetch(`${url}/healthz/ready`)).status).toBe(503);
    expect(calls).toEqual(["ready", "drain"]);
  });
});

test("quit responds before it stops the server", async () => {
  const port = freePort();
  let quits = 0;
  const server = later(
    await opened(
      planOf({ port }),
      {
        quit: () => {
          quits++;
          server.stop();
        },
        drain: async () => {},
      },
      () => {},
      () => AGENT,
    ),
  );
  const url = `http://127.0.0.1:${port}/quitquitquit`;
  expect((await fetch(url)).status).toBe(405);
  expect(quits).toBe(0);
  expect(await (await fetch(url, { method: "POST" })).text()).toBe("OK");
  expect(quits).toBe(1);
});

test("drain responds after the request to Envoy, not before", async () => {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const order: string[] = [];
  later(
    await opened(
      planOf({ port }),
      {
        quit: () => {},
        drain: async () => {
          // Enough time for a response that does not wait.
          for (let time = 0; time < 5; time++) await (await fetch(`${url}/quitquitquit`)).text();
          order.push("asked");
        },
      },
      () => {},
      () => AGENT,
    ),
  );
  order.push(await (await fetch(`${url}/drain`, { method: "POST" })).text());
  expect(order).toEqual(["asked", "OK"]);
});

test("a port in use is reported with its holder", async () => {
  const holder = later(Bun.listen({ hostname: "::", port: 0, socket: { data() {} } }));
  const opening = opened(planOf({ port: holder.port }), { quit: () => {}, drain: async () => {} });
  await expect(opening).rejects.toThrow(`Cannot listen on status port ${holder.port}: it is in use by process ${process.pid} (`);
});

test.each(["/healthz/ready", "/stats/prometheus"])("a bug in %s is a response, and its stack is logged", async (path) => {
  const bug = () => {
    throw new TypeError("no such agent");
  };
  const { url, port, lines } = await started({ metrics: { ...planOf({}).metrics, includesAgent: true } }, bug, bug);
  for (let time = 1; time <= 2; time++) {
    const { status } = await fetch(`${url}${path}`);
    expect(status).toBe(500);
    const bugs = lines.filter((line) => line.startsWith("error This is a bug in attache: TypeError: no such agent"));
    expect(bugs).toHaveLength(time);
    expect(bugs.at(-1)).toContain("\n    at ");
  }
  // The connection stays open.
  const get = `GET ${path} HTTP/1.1\r\nHost: a\r\n`;
  expect((await raw(port, `${get}\r\n${get}Connection: close\r\n\r\n`)).match(/HTTP\/1.1 500 /g)).toHaveLength(2);
});
