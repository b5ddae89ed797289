import { afterEach, describe, expect, jest, test } from "bun:test";
import { limitedConnections } from "../../../src/host/http/byte-stream.ts";
import { LIMITS, type Limits } from "../../../src/host/http/limits.ts";
import type { Exchange } from "../../../src/host/http/serve-connection.ts";
import { serveHttp } from "../../../src/host/http/server.ts";
import { untilTurn } from "../../support/eventually.ts";
import { later, raw, stopAll } from "../status/status-port.ts";

afterEach(() => {
  jest.useRealTimers();
  stopAll();
});

test("a bug in the middle of a response ends it and is reported; a client that disconnects is not", async () => {
  const bugs: unknown[] = [];
  const body = async function* () {
    yield Buffer.alloc(10, "x");
    throw new TypeError("half way");
  };
  const endless = async function* () {
    for (;;) yield Buffer.alloc(100_000);
  };
  const { port } = later(
    serveHttp(
      0,
      ({ head }) => ({ status: 200, headers: [], body: head.target === "/bug" ? body() : endless() }),
      (error) => bugs.push(error),
    ),
  );
  await raw(port, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n", (seen) => seen.length > 0);
  await raw(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n", (seen) => seen.length > 0);
  expect(await raw(port, "GET /bug HTTP/1.1\r\nHost: a\r\n\r\n")).toEndWith("\r\nxxxxxxxxxx\r\n");
  expect(bugs).toEqual([new TypeError("half way")]);
});

describe("hostile clients", () => {
  const small: Limits = { ...LIMITS, head: 20_000, allHeads: 60_000, connections: 30 };
  const listening = (limits: Limits = small) =>
    later(
      serveHttp(
        0,
        ({ head }) => ({ status: 200, headers: [], body: `${head.method} ${head.target}` }),
        (error) => expect(error).toBeUndefined(),
        limits,
      ),
    );

  test("pipelined requests are answered in order, and their bodies skipped", async () => {
    const { port } = listening();
    const seen = await raw(
      port,
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcPOST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\nHEAD /3 HTTP/1.1\r\nHost: a\r\n\r\nGET /4 HTTP/1.0\r\n\r\n",
    );
    expect(seen.match(/HTTP\/1\.1 \d+/g)).toHaveLength(4);
    expect(seen.match(/(POST|GET|HEAD) \/\d/g)).toEqual(["POST /1", "POST /2", "GET /4"]);
  });

  test.each([
    ["Expect: 100-continue\r\nContent-Length: 2", "GET /1", "close"],
    ["Expect: 100-Continue, x\r\nTransfer-Encoding: chunked", "GET /1", "close"],
    ["Expect: 100-continue", "GET /1GET /2", undefined],
    ["Expect:", "GET /1GET /2", undefined],
    ["Expect: 200-ok", "", "417 Expectation Failed"],
    ["Expect: 100-continued\r\nContent-Length: 2", "", "417 Expectation Failed"],
    ["Expect: x100-continue", "", "417 Expectation Failed"],
  ])("with %j, a second pipelined request", async (header, answered, said) => {
    const { port } = listening();
    const seen = await raw(port, `GET /1 HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect((seen.match(/GET \/\d/g) ?? []).join("")).toBe(answered);
    if (said?.startsWith("417"))
      expect(seen).toMatch(/^HTTP\/1\.1 417 Expectation Failed\r\nConnection: close\r\nDate: .*\r\nContent-Length: 0\r\n\r\n$/);
  });

  test("a head that is too long is refused; with an incomplete one the connection is closed", async () => {
    expect(await raw(listening().port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(30_000)}\r\n\r\n`)).toStartWith("HTTP/1.1 431 ");
    // The limit of the connections without a request is far later than that of the test.
    expect(await raw(listening({ ...small, headSeconds: 1, idleSeconds: 240 }).port, "GET / HT")).toBe("");
  });

  test("a head that arrives byte by byte times out, as measured from its first byte", async () => {
    jest.useFakeTimers();
    const { port } = listening({ ...small, headSeconds: 1 });
    let isClosed = false;
    const socket = {
      data() {},
      error() {},
      close() {
        isClosed = true;
      },
    };
    const slow = await Bun.connect({ hostname: "127.0.0.1", port, socket });
    slow.write("GET / HTTP/1.1\r\nX: ");
    for (let drops = 0; drops < 9; drops++) {
      // The server reads its connections in turn, so what was sent before has arrived.
      expect(await raw(port, "GET /x HTTP/1.0\r\n\r\n")).toEndWith("GET /x");
      jest.advanceTimersByTime(111);
      slow.write("x");
    }
    expect(await raw(port, "GET /x HTTP/1.0\r\n\r\n")).toEndWith("GET /x");
    expect(isClosed).toBe(false);
    jest.advanceTimersByTime(1);
    await untilTurn(() => isClosed);
  });

  test("a connection that waits for a request for too long is closed, one whose request is answered is not", async () => {
    const { promise: answer, resolve: release } = Promise.withResolvers<void>();
    const { promise: asked, resolve: seen } = Promise.withResolvers<void>();
    const handler = async ({ head }: Exchange) => {
      if (head.target === "/slow") {
        seen();
        await answer;
      }
      return { status: 200, headers: [], body: head.target };
    };
    const { port } = later(serveHttp(0, handler, (error) => expect(error).toBeUndefined(), { ...small, idleSeconds: 0.1 }));
    const slow = raw(port, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    await asked;
    expect(await raw(port, "")).toBe("");
    expect(await raw(port, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n")).toEndWith("/x");
    release();
    expect(await slow).toEndWith("/slow");
  });

  test("a thousand idle connections stay open while a probe is answered", async () => {
    const { port } = listening(LIMITS);
    let cut = 0;
    const socket = { data() {}, error() {}, close: () => void cut++ };
    const idle = await Promise.all(Array.from({ length: 1_000 }, () => Bun.connect({ hostname: "127.0.0.1", port, socket })));
    expect(await raw(port, "GET /x HTTP/1.0\r\n\r\n")).toEndWith("GET /x");
    // Otherwise the agent would wake up every two seconds. Connections of other tests may not be closed yet.
    await untilTurn(() => limitedConnections() === 0);
    expect(cut).toBe(0);
    for (const each of idle) each.terminate();
  }, 180_000);

  test("at the connection limit a new client is answered", async () => {
    const { port } = listening();
    const idle = await Promise.all(
      Array.from({ length: 60 }, () => Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {}, error() {} } })),
    );
    expect(await raw(port, "GET /x HTTP/1.0\r\n\r\n")).toEndWith("GET /x");
    for (const each of idle) each.terminate();
  });

  test("at the connection limit the longest idle connection is closed, never a busy one", async () => {
    const { promise: answer, resolve: release } = Promise.withResolvers<void>();
    const { promise: asked, resolve: seen } = Promise.withResolvers<void>();
    const { port } = later(
      serveHttp(
        0,
        async () => {
          seen();
          await answer;
          return { status: 200, headers: [], body: "served" };
        },
        (error) => expect(error).toBeUndefined(),
        { ...LIMITS, connections: 3 },
      ),
    );
    const closed: string[] = [];
    const received: string[] = [];
    const open = (name: string) =>
      Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: { data: (_, bytes) => void received.push(String(bytes)), error() {}, close: () => void closed.push(name) },
      });
    const busy = await open("busy");
    busy.write("GET / HTTP/1.0\r\n\r\n");
    await asked;
    await open("first idle");
    await open("second idle");
    await open("third idle");
    await untilTurn(() => closed.length === 1);
    await open("fourth idle");
    await untilTurn(() => closed.length === 2);
    expect(closed).toEqual(["first idle", "second idle"]);
    release();
    await untilTurn(() => received.join("").endsWith("served"));
  });

  test("a finished connection that the client keeps open is closed, whatever it still sends", async () => {
    const { port } = listening({ ...small, lingerSeconds: 1 });
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const received: string[] = [];
    const peer = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      allowHalfOpen: true,
      socket: { data: (_, bytes) => void received.push(String(bytes)), close: () => close(), error() {} },
    });
    peer.write("no HTTP\r\n\r\n");
    const more = setInterval(() => peer.write("x".repeat(100_000)), 20);
    await closed;
    clearInterval(more);
    expect(received.join("")).toStartWith("HTTP/1.1 400 ");
  });

  test("a long head in many pieces is read unchanged", async () => {
    const values: string[] = [];
    const { port } = later(
      serveHttp(
        0,
        ({ head }) => {
          values.push(...head.headers.map(([, value]) => value));
          return { status: 200, headers: [], body: "" };
        },
        (error) => expect(error).toBeUndefined(),
      ),
    );
    const long = Array.from({ length: 150_000 }, (_, index) => String(index % 1_000).padStart(6, "-")).join("");
    const request = `GET / HTTP/1.1\r\nHost: a\r\nX: ${long}\r\n\r\n`;
    const ended = await raw(port, "GET / HTTP/1.0\r\n\r\n");
    expect(ended).toStartWith("HTTP/1.1 200 ");
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    let sent = 0;
    const write = (socket: Bun.Socket) => {
      sent += socket.write(request.slice(sent));
    };
    const peer = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: write,
        drain: write,
        data: () => resolve(),
        error() {},
      },
    });
    await answered;
    peer.terminate();
    expect(values).toEqual(["a", long]);
  });

  test("parts of a body are freed after they are sent, unless they share memory", async () => {
    const own = new Uint8Array(300_000).fill(65);
    const shared = new Uint8Array(300_000).fill(66).subarray(1);
    const lengths: number[] = [];
    const { port } = later(
      serveHttp(
        0,
        () => ({
          status: 200,
          headers: [],
          body: (async function* () {
            yield own;
            lengths.push(own.length);
            yield shared;
            lengths.push(shared.length);
          })(),
        }),
        (error) => expect(error).toBeUndefined(),
      ),
    );
    const body = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    expect(body).toBe(`${"A".repeat(300_000)}${"B".repeat(299_999)}`);
    expect(lengths).toEqual([0, 299_999]);
  });

  test("after any request, the next client is answered", async () => {
    const { port } = listening();
    const random = Array.from({ length: 60 }, (_, index) => crypto.getRandomValues(new Uint8Array(1 + index * 7)));
    const texts = [
      "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
      "\r\n\r\n\r\n",
    ];
    await Promise.all([...random, ...texts].map((bytes) => raw(port, bytes, (seen) => seen.length > 0)));
    expect(await raw(port, "GET /x HTTP/1.0\r\n\r\n")).toEndWith("GET /x");
  }, 180_000);
});
