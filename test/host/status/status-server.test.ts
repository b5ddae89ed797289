import { afterEach, describe, expect, test } from "bun:test";
import { createServer as createHttp2, createSecureServer as createSecureHttp2, type ServerHttp2Stream } from "node:http2";
import type { Prober, StatusPlan, XdsSource } from "../../../src/status/status-plan.ts";
import { eventually } from "../../scenarios/support.ts";
import { planOf } from "../../status/plan.ts";
import { selfSigned } from "../http/self-signed.ts";
import { AGENT, closing, freePort, later, listener, opened, raw, type Started, scripted, started, stopAll } from "./status-port.ts";

afterEach(stopAll);

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
      "xDS upstream 127.0.0.1:PORT did not answer: connection refused",
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
    for (; pages.length > 0; pages.shift()) await fetch(`${url}/healthz/ready`);
    await eventually(() => lines.some((line) => line.includes("is ready")), "the last line");
    const said = lines.filter((line) => line.includes("ready")).map((line) => line.replace(/127\.0\.0\.1:\d+ did/, "127.0.0.1:PORT did"));
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
    await eventually(() => said() !== undefined, "the line");
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

test("a bug in a probe is distinguished from a failure of the application", async () => {
  // No plan has such a destination.
  const probes = { ...planOf({}).probes, destination: undefined as unknown as string };
  const prober: Prober = { kind: "tcp", port: 1, timeoutSeconds: 1 };
  const { url, lines } = await started({
    probes: { ...probes, probers: { "/app-health/a/livez": { ...prober, kind: "grpc", service: "" } } },
  });
  expect((await fetch(`${url}/app-health/a/livez`)).status).toBe(500);
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([expect.stringContaining("This is a bug in attache: TypeError")]);
});

describe("probes", () => {
  const probing = (prober: Prober, changes: Partial<StatusPlan["probes"]> = {}) =>
    started({ probes: { ...planOf({}).probes, ...changes, probers: { "/app-health/a/readyz": prober } } });
  const status = async ({ url }: Started, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/app-health/a/readyz`, { headers });
    return [response.status, await response.text()];
  };

  test("have their own source address and the client's headers", async () => {
    let seen: unknown;
    const server = later(
      Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch(request, { requestIP }) {
          seen = [requestIP.call(server, request)?.address, request.headers.get("x-probe"), request.headers.get("host")];
          return new Response("fine", { status: 418 });
        },
      }),
    );
    const port = server.port ?? 0;
    const agent = await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 1 });
    expect(await status(agent, { "x-probe": "1" })).toEqual([418, "fine"]);
    expect(seen).toEqual(["127.0.0.6", "1", `127.0.0.1:${port}`]);
  });

  test.each(["http", "tcp", "grpc"] as const)("have the source address of the plan, if it has one: %s", async (kind) => {
    const peers: string[] = [];
    const { port } = later(
      Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: {
          open(socket) {
            peers.push(socket.remoteAddress);
            socket.end();
          },
          data() {},
        },
      }),
    );
    const prober: Prober =
      kind === "http"
        ? { kind, scheme: "http", port, path: "/", timeoutSeconds: 1 }
        : kind === "tcp"
          ? { kind, port, timeoutSeconds: 1 }
          : { kind, port, service: "", timeoutSeconds: 1 };
    await status(await probing(prober, { source: "127.0.0.9" }));
    const { source: _, ...without } = planOf({}).probes;
    const plain = await started({ probes: { ...without, probers: { "/app-health/a/readyz": prober } } });
    await status(plain);
    await eventually(() => peers.length >= 2, "both have come");
    expect([...new Set(peers)]).toEqual(["127.0.0.9", "127.0.0.1"]);
  });

  test("return a body up to its limit", async () => {
    const port = scripted(() => new Response("x".repeat(100_000)));
    const agent = await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 1 });
    expect(await status(agent)).toEqual([200, "x".repeat(10_240)]);
  });

  test("cut a body that arrives in many chunks at the limit", async () => {
    const port = scripted(() => new Response("x".repeat(1_000_000)));
    const agent = await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 5 }, { bodyLimit: 200_000 });
    expect(await status(agent)).toEqual([200, "x".repeat(200_000)]);
  });

  test.each([
    [true, 299, 299],
    [true, 300, 200],
    [true, 399, 200],
    [true, 400, 400],
    [false, 300, 300],
    [false, 399, 399],
  ])("with redirectIsSuccess %p, answer status %p with %p", async (redirectIsSuccess, given, expected) => {
    const port = scripted(() => new Response("", { status: given }));
    const agent = await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 5 }, { redirectIsSuccess });
    expect((await status(agent))[0]).toBe(expected);
  });

  test("respect their timeout", async () => {
    const port = scripted(async () => {
      await Bun.sleep(60_000);
      return new Response();
    });
    expect(await status(await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 1 }))).toEqual([500, ""]);
  });

  test("of TCP ports", async () => {
    const listener = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }));
    expect(await status(await probing({ kind: "tcp", port: listener.port, timeoutSeconds: 1 }))).toEqual([200, ""]);
    expect(await status(await probing({ kind: "tcp", port: freePort(), timeoutSeconds: 1 }))).toEqual([500, ""]);
    expect(await status(await probing({ kind: "tcp", port: 0, timeoutSeconds: 1 }))).toEqual([500, ""]);
  });

  test.each([
    [1, "0", 200],
    [2, "0", 500],
    [1, "5", 500],
  ])("of gRPC health: %p with status %p is %p", async (health, code, expected) => {
    const asked: string[] = [];
    const fields: unknown[] = [];
    const server = createHttp2();
    server.on("stream", (stream: ServerHttp2Stream, headers) => {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        asked.push(`${headers[":path"]} ${Buffer.concat(pieces).subarray(7).toString()}`);
        fields.push([":method", ":scheme", ":authority", "content-type", "te", "user-agent"].map((name) => headers[name]));
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": code }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 8, health]));
      });
    });
    const port = await new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve(portOf(server.address()))));
    closing.push(() => void server.close());
    const agent = await probing({ kind: "grpc", port, service: "shop", timeoutSeconds: 2 });
    expect(await status(agent, { "user-agent": "kube-probe/1.34" })).toEqual([expected, ""]);
    expect(fields).toEqual([["POST", "http", `127.0.0.1:${port}`, "application/grpc", "trailers", "kube-probe/1.34"]]);
    expect(asked).toEqual(["/grpc.health.v1.Health/Check shop"]);
    expect(await status(await probing({ kind: "grpc", port, service: "", timeoutSeconds: 0 }))).toEqual([500, ""]);
  });
});

function portOf(address: unknown): number {
  if (typeof address === "object" && address !== null && "port" in address && typeof address.port === "number") return address.port;
  throw new Error("The server has no port");
}

test("probes use HTTP/2 if the application supports nothing else, and follow its redirects", async () => {
  const { key, cert } = selfSigned();
  const ask = async (allowHTTP1: boolean) => {
    const server = createSecureHttp2({ key, cert, allowHTTP1 }, ({ url, httpVersion }, response) => {
      if (url === "/moved") response.writeHead(302, { location: "/there" }).end();
      else response.end(`${url} by ${httpVersion}`);
    });
    // The agent closes a connection after the response.
    server.on("sessionError", () => {});
    const port = await new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve(portOf(server.address()))));
    closing.push(() => void server.close());
    const prober = { kind: "http", scheme: "https", port, timeoutSeconds: 2 } as const;
    const probes = {
      ...planOf({}).probes,
      http2: true,
      probers: { "/app-health/a/ok": { ...prober, path: "/ok" }, "/app-health/a/moved": { ...prober, path: "/moved" } },
    };
    const { url } = await started({ probes });
    const text = async (path: string) => (await fetch(`${url}/app-health/a/${path}`)).text();
    return [await text("ok"), await text("moved")];
  };
  expect(await ask(true)).toEqual(["/ok by 2.0", "/there by 2.0"]);
  expect(await ask(false)).toEqual(["/ok by 2.0", ""]);
});
