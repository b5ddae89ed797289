import { afterEach, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import * as http2 from "node:http2";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type ClientDuplexStream, credentials, type StatusObject } from "@grpc/grpc-js";
import { serveGrpc } from "../../../src/host/mesh/grpc-server.ts";
import { listenOnSocket } from "../../../src/host/mesh/listen-on-socket.ts";
import { acceptSds, SDS_RULES } from "../../../src/host/mesh/sds-server.ts";
import { DISCOVERY_REQUEST, NODE } from "../../../src/mesh/discovery.ts";
import { join as joinPieces } from "../../../src/mesh/pieces.ts";
import type { Encodable } from "../../../src/mesh/protobuf.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { data, FRAME, frame, grpcMessage, headers, PREFACE, requestFields, reset, SETTINGS } from "../../support/http2-raw.ts";
import { fakeStore } from "./fake-call.ts";

const PATH = "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets";
const HELLO = Buffer.concat([PREFACE, SETTINGS]);
const node = encode(NODE, { id: "sidecar~10.0.0.1~a.b~c" });
const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

const requestBytes = (fields: Encodable<typeof DISCOVERY_REQUEST>) =>
  Buffer.from(joinPieces(encode(DISCOVERY_REQUEST, { node, ...fields })));

/** Serves SDS for a client of its own, whose streams have to go on. */
async function serve() {
  const directory = mkdtempSync(join(tmpdir(), "attache-hostile-"));
  const path = join(directory, "socket");
  const listening = listenOnSocket(path);
  if (listening.kind === "failed") throw new Error(listening.problem);
  const log: string[] = [];
  const store = fakeStore();
  const server = serveGrpc(listening.descriptor, SDS_RULES, acceptSds({ store, log: (_, text) => log.push(text), plan: {} }));
  const client = new Client(`unix:${path}`, credentials.createInsecure());
  opened.push(
    () => client.close(),
    server.close,
    () => rmSync(directory, { recursive: true, force: true }),
  );
  const stream = openStream(client);
  stream.call.write(requestBytes({ resourceNames: ["default"] }));
  await stream.next();
  return {
    path,
    log,
    store,
    client,
    /** Returns once the stream that was open before everything has received a change. */
    async goesOn() {
      store.change("default");
      await stream.next();
      expect(stream.ended).toEqual([]);
    },
  };
}

function openStream(client: Client) {
  const same = (bytes: Buffer) => bytes;
  const call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(PATH, same, same);
  const ended: StatusObject[] = [];
  let count = 0;
  let taken = 0;
  let wake = () => {};
  call.on("error", () => {});
  call.on("status", (status: StatusObject) => {
    ended.push(status);
    wake();
  });
  call.on("data", () => {
    count++;
    wake();
  });
  return {
    call,
    ended,
    /** Resolves with the next message, or the end. */
    async next() {
      taken++;
      while (count < taken && ended.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

/** Connects without a library. `closed` resolves when the agent has closed the connection. */
async function dial(path: string): Promise<{ readonly socket: Socket; readonly closed: Promise<void>; readonly answered: Promise<void> }> {
  const socket = connect(path);
  const closed = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  socket.on("error", () => {});
  socket.on("data", () => answered.resolve());
  socket.once("close", () => closed.resolve());
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  opened.push(() => socket.destroy());
  return { socket, closed: closed.promise, answered: answered.promise };
}

const many = (count: number, one: (index: number) => Buffer) => Buffer.concat(Array.from({ length: count }, (_, index) => one(index)));
const stream = (index: number) => 2 * index + 1;

describe("a hostile client of the SDS socket loses its stream or connection, and others go on", () => {
  test.each<[name: string, bytes: Buffer]>([
    ["garbage", Buffer.from("x".repeat(10_000))],
    ["HTTP/1", Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
    ["a header block of 1 MB", Buffer.concat([HELLO, headers(1, requestFields(PATH, [["x", "y".repeat(1_000_000)]]))])],
    [
      "a header block without end",
      Buffer.concat([HELLO, frame(FRAME.headers, 0, 1), many(5_000, () => frame(FRAME.continuation, 0, 1, Buffer.alloc(100)))]),
    ],
    ["a flood of settings", Buffer.concat([HELLO, many(100_000, () => SETTINGS)])],
    [
      "a storm of resets",
      Buffer.concat([
        HELLO,
        many(20_000, (index) => Buffer.concat([headers(stream(index), requestFields(PATH)), reset(stream(index), 8)])),
      ]),
    ],
    ["data on no stream", Buffer.concat([HELLO, data(0, Buffer.from("x"))])],
    [
      "more data than the window has",
      Buffer.concat([HELLO, headers(1, requestFields(PATH)), data(1, grpcMessage(Buffer.alloc(1_000_000)))]),
    ],
    ["empty frames without end", Buffer.concat([HELLO, headers(1, requestFields(PATH)), many(100_000, () => data(1, Buffer.alloc(0)))])],
  ])("%s", async (_, bytes) => {
    const { path, goesOn } = await serve();
    const { socket, closed } = await dial(path);
    socket.write(bytes);
    await closed;
    await goesOn();
  });

  test.each<[name: string, bytes: Buffer]>([
    ["another method of HTTP", headers(1, [[":method", "GET"], ...requestFields(PATH).slice(1)], { endStream: true })],
    [
      "another content type",
      headers(
        1,
        requestFields(PATH).map(([name, value]) => [name, name === "content-type" ? "text/plain" : value]),
      ),
    ],
    [
      "CONNECT",
      headers(1, [
        [":method", "CONNECT"],
        [":authority", "x"],
      ]),
    ],
    [
      "no path",
      headers(1, [
        [":method", "POST"],
        ["content-type", "application/grpc"],
      ]),
    ],
    ["a path of 10,000 bytes", headers(1, requestFields(`/${"x".repeat(10_000)}`))],
    ["a compressed message", Buffer.concat([headers(1, requestFields(PATH)), data(1, grpcMessage(Buffer.from("x"), { flag: 1 }))])],
    [
      "a message of 2^31-1 bytes",
      Buffer.concat([headers(1, requestFields(PATH)), data(1, grpcMessage(Buffer.from("x"), { length: 2 ** 31 - 1 }))]),
    ],
    [
      "a message that is shorter than announced",
      Buffer.concat([headers(1, requestFields(PATH)), data(1, grpcMessage(Buffer.from("x"), { length: 9 }), { endStream: true })]),
    ],
  ])("%s", async (_, bytes) => {
    const { path, goesOn } = await serve();
    const { socket, answered } = await dial(path);
    socket.write(Buffer.concat([HELLO, bytes]));
    await answered;
    await goesOn();
  });

  test("1,000 connections, 10,000 streams, and requests without end", async () => {
    const { path, goesOn } = await serve();
    const connections: Awaited<ReturnType<typeof dial>>[] = [];
    // The kernel holds some hundred of them until they are accepted.
    for (let count = 0; count < 10; count++) connections.push(...(await Promise.all(Array.from({ length: 100 }, () => dial(path)))));
    for (const [index, { socket }] of connections.entries()) socket.write(index % 2 === 0 ? HELLO : PREFACE.subarray(0, 10));
    const { socket } = await dial(path);
    socket.write(Buffer.concat([HELLO, many(10_000, (index) => headers(stream(index), requestFields(PATH)))]));
    socket.write(many(100, (index) => data(stream(index), grpcMessage(Buffer.alloc(10), { length: 4_000_000 }))));
    await goesOn();
    for (const each of connections) each.socket.destroy();
    await goesOn();
  });

  test("connections without a call make room for others, the oldest first; one with a call stays", async () => {
    const { path, goesOn } = await serve();
    const idle: Awaited<ReturnType<typeof dial>>[] = [];
    for (let count = 0; count < 12; count++) idle.push(...(await Promise.all(Array.from({ length: 50 }, () => dial(path)))));
    // The limit is 512, and one connection has a call.
    await Promise.all(idle.slice(0, 89).map(({ closed }) => closed));
    await goesOn();
    expect(idle.slice(89).filter(({ socket }) => socket.destroyed)).toEqual([]);
  });

  test("what it sends is cut where it is logged or sent back", async () => {
    const { client, log, store, goesOn } = await serve();
    const name = `file-root:/${"x\n".repeat(200_000)}`;
    store.failures.set(name, "no such file");
    const hostile = openStream(client);
    hostile.call.write(requestBytes({ resourceNames: [name] }));
    await hostile.next();
    expect(hostile.ended).toEqual([
      expect.objectContaining({ code: 2, details: expect.stringMatching(/^failed to generate secret for file-root:\/x\nx[x\n]+…$/) }),
    ]);
    expect(hostile.ended[0]?.details.length).toBeLessThan(1_100);
    const rejecting = openStream(client);
    rejecting.call.write(requestBytes({ resourceNames: ["default"] }));
    await rejecting.next();
    rejecting.call.write(requestBytes({ resourceNames: [name], errorDetail: { code: 13, message: "y\n".repeat(200_000) } }));
    rejecting.call.write(requestBytes({ resourceNames: ["ROOTCA"] }));
    await rejecting.next();
    expect(log).toHaveLength(1);
    expect(log[0]?.length).toBeLessThan(4_000);
    expect(log[0]).not.toContain("\n");
    await goesOn();
  });
});

test.each<[name: string, status: string, change: (field: readonly [string, string]) => readonly [string, string]]>([
  ["another method of HTTP", "405", ([name, value]) => [name, name === ":method" ? "GET" : value]],
  ["another content type", "415", ([name, value]) => [name, name === "content-type" ? "text/plain" : value]],
  ["nothing wrong", "200", (field) => field],
])("a request with %s is answered with HTTP status %s", async (_, status, change) => {
  const { path } = await serve();
  const session = http2.connect("http://localhost", { createConnection: () => connect(path) });
  opened.push(() => session.destroy());
  const request = session.request(Object.fromEntries(requestFields("/unknown").map(change)), { endStream: true });
  const [fields] = await once(request, "response");
  expect(String(fields[":status"])).toBe(status);
});
