import { afterEach, describe, expect, jest, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp2, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { probeWorkload } from "../../../src/host/mesh/probe-workload.ts";
import type { HealthProbe } from "../../../src/mesh/mesh-plan.ts";
import { eventually, untilTurn } from "../../support/eventually.ts";
import { selfSigned } from "../http/self-signed.ts";
import { closing, freePort, later, scripted, stopAll } from "../status/status-port.ts";

afterEach(() => {
  jest.useRealTimers();
  stopAll();
});

const never = new AbortController().signal;
const probe = (action: HealthProbe, stopped: AbortSignal = never) => probeWorkload(action, stopped);
type Http = HealthProbe & { readonly kind: "http" };

function http(port: number, changes: Partial<Http> = {}, url: Partial<Http["url"]> = {}): Http {
  const place = `127.0.0.1:${port}`;
  const target = { scheme: "http", host: place, path: "/", query: undefined, ...url };
  return { kind: "http", url: target, host: place, headers: [], source: "127.0.0.6", timeout: 30_000, ...changes };
}

describe("over HTTP", () => {
  test.each([
    [200, undefined],
    [204, undefined],
    [300, undefined],
    [304, undefined],
    [399, undefined],
    [400, "HTTP status code 400"],
    [503, "HTTP status code 503"],
  ])("status %d is %p", async (status, expected) => {
    const port = scripted(() => new Response(null, { status }));
    expect(await probe(http(port))).toBe(expected);
  });

  test("path, query, headers and source address are those of the plan", async () => {
    let seen: unknown;
    const server = later(
      Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch(request, { requestIP }) {
          const names = ["host", "user-agent", "x"].map((name) => request.headers.get(name));
          seen = [new URL(request.url).pathname + new URL(request.url).search, ...names, requestIP.call(server, request)?.address];
          return new Response();
        },
      }),
    );
    const headers = [
      ["User-Agent", "istio-probe/1.0"],
      ["X", "1"],
      ["x", "2"],
    ] as const;
    expect(await probe(http(server.port ?? 0, { host: "app", headers }, { path: "/a", query: "b=c" }))).toBeUndefined();
    expect(seen).toEqual(["/a?b=c", "app", "istio-probe/1.0", "1, 2", "127.0.0.6"]);
  });

  test("redirects are followed, also to other hosts", async () => {
    const other = later(Bun.serve({ hostname: "127.0.0.2", port: 0, fetch: () => new Response(null, { status: 418 }) }));
    const first = scripted(() => new Response(null, { status: 302, headers: { location: `http://127.0.0.2:${other.port}/` } }));
    expect(await probe(http(first))).toBe("HTTP status code 418");
    const loop = scripted(() => new Response(null, { status: 302, headers: { location: "/" } }));
    expect(await probe(http(loop))).toBe('too many redirects, the last one to "/"');
  });

  test("certificates are not verified", async () => {
    const { port } = later(Bun.serve({ hostname: "127.0.0.1", port: 0, tls: selfSigned(), fetch: () => new Response() }));
    expect(await probe(http(port ?? 0, {}, { scheme: "https" }))).toBeUndefined();
  });

  test("what is not HTTP, closes or refuses is unhealthy", async () => {
    const garbage = later(
      Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: (socket) => void socket.end("SSH-2.0\r\n\r\n"), data() {} } }),
    );
    expect(await probe(http(garbage.port))).toBe("The response is not HTTP");
    const silent = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: (socket) => void socket.end(), data() {} } }));
    expect(await probe(http(silent.port))).toBe("The connection was closed without a response");
    const plain = later(Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() }));
    expect(await probe(http(plain.port ?? 0, {}, { scheme: "https" }))).toBe("the server does not speak TLS (WRONG_VERSION_NUMBER)");
    const banner = later(
      Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: (socket) => void socket.write("SSH-2.0\r\n"), data() {} } }),
    );
    expect(await probe(http(banner.port))).toBe("The response is not HTTP");
    expect(await probe(http(freePort()))).toBe("connection refused");
  });
});

describe("over TCP", () => {
  const tcp = (port: number): HealthProbe => ({ kind: "tcp", host: "localhost", port, timeout: 30_000 });

  test("a connection is enough", async () => {
    const { port } = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }));
    expect(await probe(tcp(port))).toBeUndefined();
    expect(await probe(tcp(freePort()))).toBe("connection refused");
  });
});

describe("over gRPC", () => {
  async function serve(
    answer: (stream: ServerHttp2Stream) => void,
  ): Promise<HealthProbe & { readonly kind: "grpc"; readonly agents: unknown[] }> {
    const agents: unknown[] = [];
    const server = createHttp2();
    server.on("stream", (stream: ServerHttp2Stream, headers) => {
      agents.push(headers["user-agent"]);
      stream.on("error", () => {});
      answer(stream);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => server.close());
    const { port } = server.address() as AddressInfo; // it listens on a port
    return { kind: "grpc", host: "127.0.0.1", port, service: "a", timeout: 30_000, agents };
  }
  const health =
    (body: readonly number[], status = "0") =>
    (stream: ServerHttp2Stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
      stream.end(Buffer.from([0, 0, 0, 0, body.length, ...body]));
    };

  test.each<[string, readonly number[], string, string | undefined]>([
    ["SERVING", [8, 1], "0", undefined],
    ["NOT_SERVING, at which upstream crashes", [8, 2], "0", "the health service reports 2, not SERVING"],
    ["UNKNOWN, left out", [], "0", "the health service reports 0, not SERVING"],
    ["SERVICE_UNKNOWN", [8, 3], "0", "the health service reports 3, not SERVING"],
    ["an error", [], "12", "the health service answers status 12"],
  ])("%s", async (_, body, status, expected) => {
    const action = await serve(health(body, status));
    expect(await probe(action)).toBe(expected);
    expect(action.agents).toEqual(["istio-probe/1.0"]);
  });

  test("no answer", async () => {
    const action = await serve(() => {});
    expect(await probe({ ...action, timeout: 100 })).toBe("no answer within 0.1 s");
    expect(await probe({ kind: "grpc", host: "127.0.0.1", port: freePort(), service: "", timeout: 30_000 })).toBe("connection refused");
  });
});

describe("by a command", () => {
  const exec = (command: readonly string[], timeout = 30_000): HealthProbe => ({ kind: "exec", command, timeout });

  test.each<[readonly string[], string | undefined]>([
    [["true"], undefined],
    [["false"], "the command exited with status 1"],
    [["sh", "-c", 'test "$1" = "a b"', "sh", "a b"], undefined],
    [["sh", "-c", "exit 7"], "the command exited with status 7"],
    [["sh", "-c", "kill -9 $$"], "the command was killed by SIGKILL"],
    [["sh", "-c", "cat; yes | head -c 1000000; yes | head -c 1000000 >&2"], undefined],
    [["no-such-program"], 'cannot run "no-such-program": no such file or directory'],
    [["/"], 'cannot run "/": it is a directory'],
  ])("%p is %p", async (command, expected) => {
    expect(await probe(exec(command))).toBe(expected);
  });

  test("that takes too long is killed with what it has started", async () => {
    const directory = mkdtempSync(join(tmpdir(), "attache-probe-"));
    closing.push(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "pid");
    writeFileSync(file, "");
    jest.useFakeTimers();
    const result = probe(exec(["sh", "-c", `sleep 1000 & echo $! >${file}; wait`], 500));
    await untilTurn(() => readFileSync(file, "utf8").endsWith("\n"));
    const pid = Number(readFileSync(file, "utf8"));
    expect(isRunning(pid)).toBe(true);
    jest.advanceTimersByTime(500);
    jest.useRealTimers();
    expect(await result).toBe("the command did not exit within 0.5 s");
    await eventually(() => (isRunning(pid) ? undefined : true));
  });

  test("is killed when the agent ends", async () => {
    const stop = new AbortController();
    const result = probe(exec(["sleep", "1000"]), stop.signal);
    stop.abort();
    expect(await result).toBe("the command was killed by SIGKILL");
  });
});

test("nothing to probe is unhealthy", async () => {
  expect(await probe({ kind: "invalid", problem: "exec needs a command" })).toBe("exec needs a command");
});

test("an application that accepts and stays silent is unhealthy after the timeout", async () => {
  const { port } = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }));
  expect(await probe(http(port, { timeout: 50 }))).toBe("no answer within 0.05 s");
});

/** A zombie, which waits for a process that is not ours to read its status, counts as ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
