import { afterEach, describe, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import * as grpc from "@grpc/grpc-js";
import type { Call, GrpcConnection } from "../../../src/host/mesh/grpc.ts";
import { connectGrpc, type DialOptions } from "../../../src/host/mesh/grpc-connection.ts";
import { CODE, type GrpcStatus } from "../../../src/mesh/grpc-status.ts";
import type { Endpoint } from "../../../src/mesh/mesh-plan.ts";
import { eventually, unchanging } from "../../support/eventually.ts";

const PATH = "/test.Test/Stream";
const KEEPALIVE = { interval: 30_000, timeout: 10_000 };
const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

type Stream = grpc.ServerDuplexStream<Buffer, Buffer>;

const same = (bytes: Buffer): Buffer => bytes;

/** Starts a foreign server. */
async function serve(handle: (stream: Stream) => void, credentials = grpc.ServerCredentials.createInsecure()): Promise<number> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  const method = {
    path: PATH,
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  server.addService({ Stream: method }, { Stream: handle });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error === null ? resolve(bound) : reject(error))),
  );
  opened.push(() => server.forceShutdown());
  return port;
}

/** Starts a server of bytes. */
async function serveRaw(accept: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function dial(port: number, { options = {}, ...more }: Partial<Endpoint> & { readonly options?: DialOptions } = {}): GrpcConnection {
  const connection = connectGrpc({ host: "127.0.0.1", port, keepalive: KEEPALIVE, ...more }, () => {}, options);
  opened.push(connection.close);
  return connection;
}

interface Opened {
  readonly call: Call;
  readonly received: string[];
  readonly ended: Promise<GrpcStatus>;
}

function openOn(connection: GrpcConnection, headers: readonly (readonly [string, string])[] = [], path = PATH): Opened {
  const { promise, resolve } = Promise.withResolvers<GrpcStatus>();
  const received: string[] = [];
  const call = connection.open(path, headers, {
    message: (message) => void received.push(Buffer.concat(message).toString()),
    ended: resolve,
  });
  return { call, received, ended: promise };
}

const bytes = (text: string) => [new TextEncoder().encode(text)];

function echo(stream: Stream): void {
  stream.on("data", (each: Buffer) => stream.write(each));
  stream.on("end", () => stream.end());
}

describe("a gRPC connection", () => {
  test("calls a foreign server, in order, before and after it is connected", async () => {
    const { call, received, ended } = openOn(dial(await serve(echo)));
    call.send(bytes("one"));
    call.send([]);
    await eventually(() => received.length === 2 || undefined);
    await call.send([...bytes("th"), ...bytes("ree")]);
    call.end();
    expect(await ended).toMatchObject({ code: CODE.OK });
    expect(received).toEqual(["one", "", "three"]);
  });

  test("passes large messages both ways", async () => {
    const { call, received, ended } = openOn(dial(await serve(echo)));
    const large = "0123456789".repeat(900_000);
    await call.send(bytes(large));
    call.end();
    expect(await ended).toMatchObject({ code: CODE.OK });
    expect(received.map((each) => each === large)).toEqual([true]);
  });

  test("sends its headers", async () => {
    let metadata: unknown;
    const port = await serve((stream) => {
      metadata = stream.metadata.getMap();
      stream.end();
    });
    await openOn(dial(port), [
      ["authorization", "Bearer x"],
      ["clusterid", "Kubernetes"],
    ]).ended;
    expect(metadata).toMatchObject({
      authorization: "Bearer x",
      clusterid: "Kubernetes",
      "user-agent": expect.stringMatching(/^attache\//),
    });
  });

  test("sends a header with several values, and of a header that there must be once the first one", async () => {
    const metadata: unknown[] = [];
    const port = await serve((stream) => {
      metadata.push(["authorization", "clusterid", "date", "x", "x-bin"].map((name) => stream.metadata.get(name).map(String)));
      stream.end();
    });
    const connection = dial(port);
    const own = [
      ["clusterid", "Kubernetes"],
      ["clusterid", "other"],
      ["authorization", "Basic user"],
      ["date", "1"],
      ["date", "2"],
      ["x", "1"],
      ["x", ""],
      ["x", "3"],
      ["x-bin", "w6k"],
      ["__proto__", "1"],
    ] as const;
    await openOn(connection, [["authorization", "Bearer token"], ...own]).ended;
    await openOn(connection, own).ended;
    const rest = [["Kubernetes, other"], ["1"], ["1, , 3"], ["\u00e9"]];
    expect(metadata).toEqual([
      [["Bearer token"], ...rest],
      [["Basic user"], ...rest],
    ]);
  });

  test("delivers what came before a status", async () => {
    const port = await serve((stream) => {
      stream.write(Buffer.from("x"));
      stream.emit("error", { code: CODE.PERMISSION_DENIED, details: "nö 100 %" });
    });
    const { received, ended } = openOn(dial(port));
    expect(await ended).toEqual({ code: CODE.PERMISSION_DENIED, message: "nö 100 %" });
    expect(received).toEqual(["x"]);
  });

  test("gets the status of a method that is unknown", async () => {
    expect(await openOn(dial(await serve(echo)), [], "/test.Test/Other").ended).toMatchObject({ code: CODE.UNIMPLEMENTED });
  });

  test("refuses a message above the limit", async () => {
    const { call, ended } = openOn(dial(await serve(echo), { options: { maxMessage: 2 } }));
    call.send(bytes("xxx"));
    expect(await ended).toEqual({ code: CODE.RESOURCE_EXHAUSTED, message: "grpc: received message larger than max (3 vs. 2)" });
  });

  test("reports a server that refuses connections", async () => {
    const port = await serveRaw(() => {});
    for (const close of opened.splice(0)) close();
    const { call, ended } = openOn(dial(port));
    await call.send(bytes("x"));
    expect(await ended).toEqual({
      code: CODE.UNAVAILABLE,
      message: `connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:${port}: connect: connection refused"`,
    });
  });

  test("reports a server that accepts and stays silent, and closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    const port = await serveRaw((socket) => socket.on("data", () => {}).on("close", () => closed.resolve()));
    const { ended } = openOn(dial(port, { options: { limit: 50 } }));
    expect(await ended).toMatchObject({ code: CODE.UNAVAILABLE, message: expect.stringContaining("no SETTINGS frame from 127.0.0.1") });
    await closed.promise;
  });

  test.each([
    ["speaks HTTP/1", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"],
    ["sends garbage", "x".repeat(1000)],
    ["sends a frame that is too large", "\xff\xff\xff\x04\x00\x00\x00\x00\x00"],
  ])("reports a server that %s", async (_, text) => {
    const port = await serveRaw((socket) => void socket.write(text, "latin1"));
    expect(await openOn(dial(port, { options: { limit: 300 } })).ended).toMatchObject({ code: CODE.UNAVAILABLE });
  });

  test("reports a connection that is closed within a stream", async () => {
    const port = await serve((stream) => stream.write(Buffer.from("x")));
    const sockets: Socket[] = [];
    const between = await serveRaw((socket) => {
      const upstream = connect(port, "127.0.0.1");
      sockets.push(socket);
      socket.pipe(upstream);
      upstream.pipe(socket);
    });
    const { received, ended } = openOn(dial(between));
    await eventually(() => received.length > 0 || undefined);
    for (const socket of sockets) socket.end();
    expect(await ended).toEqual({ code: CODE.UNAVAILABLE, message: "error reading from server: EOF" });
  });

  test("gives up on a server that does not answer pings", async () => {
    let isMute = false;
    const port = await serve((stream) => stream.write(Buffer.from("x")));
    const between = await serveRaw((socket) => {
      const upstream = connect(port, "127.0.0.1");
      socket.pipe(upstream);
      upstream.on("data", (each: Buffer) => isMute || socket.write(each));
    });
    const { received, ended } = openOn(dial(between, { keepalive: { interval: 20, timeout: 50 } }));
    await eventually(() => received.length > 0 || undefined);
    isMute = true;
    expect(await ended).toEqual({
      code: CODE.UNAVAILABLE,
      message: "error reading from server: keepalive ping failed to receive ACK within timeout",
    });
  });

  test("ends open calls when it is closed", async () => {
    const cancelled = Promise.withResolvers<void>();
    const connection = dial(
      await serve((stream) => {
        stream.write(Buffer.from("x"));
        stream.on("cancelled", () => cancelled.resolve());
      }),
    );
    const { received, ended } = openOn(connection);
    await eventually(() => received.length > 0 || undefined);
    connection.close();
    expect(await ended).toMatchObject({ code: CODE.CANCELLED });
    expect(await openOn(connection).ended).toEqual({ code: CODE.UNAVAILABLE, message: "the connection was closed" });
    await cancelled.promise;
  });

  test("tells the server when a call is cancelled", async () => {
    const cancelled = Promise.withResolvers<void>();
    const { call, received, ended } = openOn(
      dial(
        await serve((stream) => {
          stream.write(Buffer.from("x"));
          stream.on("cancelled", () => cancelled.resolve());
        }),
      ),
    );
    await eventually(() => received.length > 0 || undefined);
    call.cancel();
    expect(await ended).toMatchObject({ code: CODE.CANCELLED });
    await cancelled.promise;
  });

  test("does not read on while a message is handled", async () => {
    let written = 0;
    const port = await serve((stream) => {
      const write = () => {
        if (written === 200) stream.end();
        else
          stream.write(Buffer.alloc(100_000), () => {
            written += 1;
            write();
          });
      };
      write();
    });
    const release = Promise.withResolvers<void>();
    let handled = 0;
    const { promise, resolve } = Promise.withResolvers<GrpcStatus>();
    dial(port).open(PATH, [], {
      async message() {
        handled += 1;
        if (handled === 1) await release.promise;
      },
      ended: resolve,
    });
    await eventually(() => handled === 1 || undefined);
    expect(await unchanging(() => written)).toBeLessThan(40);
    release.resolve();
    expect(await promise).toMatchObject({ code: CODE.OK });
    expect(handled).toBe(200);
  });

  test("waits for a server that does not read", async () => {
    const reading = Promise.withResolvers<Stream>();
    let received = 0;
    const port = await serve((stream) => {
      stream.on("data", () => {
        received += 1;
        if (received > 1) return;
        stream.pause();
        reading.resolve(stream);
      });
      stream.on("end", () => stream.end());
    });
    const { call, ended } = openOn(dial(port));
    let sent = 0;
    const all = (async () => {
      for (; sent < 200; sent += 1) await call.send([Buffer.alloc(100_000)]);
      call.end();
    })();
    const stream = await reading.promise;
    expect(await unchanging(() => sent)).toBeLessThan(100);
    stream.resume();
    await all;
    expect(await ended).toMatchObject({ code: CODE.OK });
    expect(received).toBe(200);
  });
});
