import { afterEach, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer as createHttp2, createSecureServer as createSecureHttp2, type ServerHttp2Stream } from "node:http2";
import { createServer } from "node:net";
import type { Prober, StatusPlan } from "../../../src/status/status-plan.ts";
import { eventually } from "../../scenarios/support.ts";
import { planOf } from "../../status/plan.ts";
import { selfSigned } from "../http/self-signed.ts";
import { closing, freePort, later, type Started, scripted, started, stopAll } from "./status-port.ts";

afterEach(stopAll);

function portOf(address: unknown): number {
  if (typeof address === "object" && address !== null && "port" in address && typeof address.port === "number") return address.port;
  throw new Error("The server has no port");
}

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
    const agent = await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 30 });
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
        ? { kind, scheme: "http", port, path: "/", timeoutSeconds: 30 }
        : kind === "tcp"
          ? { kind, port, timeoutSeconds: 30 }
          : { kind, port, service: "", timeoutSeconds: 30 };
    await status(await probing(prober, { source: "127.0.0.9" }));
    const { source: _, ...without } = planOf({}).probes;
    const plain = await started({ probes: { ...without, probers: { "/app-health/a/readyz": prober } } });
    await status(plain);
    await eventually(() => peers.length >= 2, "both have come");
    expect([...new Set(peers)]).toEqual(["127.0.0.9", "127.0.0.1"]);
  });

  test("return a body up to its limit", async () => {
    const port = scripted(() => new Response("x".repeat(100_000)));
    const agent = await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 30 });
    expect(await status(agent)).toEqual([200, "x".repeat(10_240)]);
  });

  test("cut a body that arrives in many chunks at the limit", async () => {
    const port = scripted(() => new Response("x".repeat(1_000_000)));
    const agent = await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 30 }, { bodyLimit: 200_000 });
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
    const agent = await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 30 }, { redirectIsSuccess });
    expect((await status(agent))[0]).toBe(expected);
  });

  test("respect their timeout", async () => {
    const port = scripted(async () => {
      await Bun.sleep(60_000);
      return new Response();
    });
    expect(await status(await probing({ kind: "http", scheme: "http", port, path: "/", timeoutSeconds: 1 }))).toEqual([500, ""]);
  });

  test("of TCP ports end their connection without a reset", async () => {
    const ends: string[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", ({ message }) => ends.push(message)).on("end", () => ends.push("end"));
      socket.resume();
    });
    closing.push(() => void server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    expect(await status(await probing({ kind: "tcp", port: portOf(server.address()), timeoutSeconds: 30 }))).toEqual([200, ""]);
    await eventually(() => ends.length > 0, "the end of the connection");
    expect(ends).toEqual(["end"]);
  });

  test("of TCP ports", async () => {
    const listener = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }));
    expect(await status(await probing({ kind: "tcp", port: listener.port, timeoutSeconds: 30 }))).toEqual([200, ""]);
    expect(await status(await probing({ kind: "tcp", port: freePort(), timeoutSeconds: 30 }))).toEqual([500, ""]);
    expect(await status(await probing({ kind: "tcp", port: 0, timeoutSeconds: 30 }))).toEqual([500, ""]);
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
    const agent = await probing({ kind: "grpc", port, service: "shop", timeoutSeconds: 30 });
    expect(await status(agent, { "user-agent": "kube-probe/1.34" })).toEqual([expected, ""]);
    expect(fields).toEqual([["POST", "http", `127.0.0.1:${port}`, "application/grpc", "trailers", "kube-probe/1.34"]]);
    expect(asked).toEqual(["/grpc.health.v1.Health/Check shop"]);
    expect(await status(await probing({ kind: "grpc", port, service: "", timeoutSeconds: 0 }))).toEqual([500, ""]);
  });
});

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
    const prober = { kind: "http", scheme: "https", port, timeoutSeconds: 30 } as const;
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
