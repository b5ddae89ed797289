import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import type { Accept, CallHandler, GrpcServer, ServerCall } from "../../../src/host/mesh/grpc.ts";
import { type ServerRules, serveGrpc } from "../../../src/host/mesh/grpc-server.ts";
import { listenOnSocket } from "../../../src/host/mesh/listen-on-socket.ts";
import { CODE } from "../../../src/mesh/grpc-status.ts";
import { eventually, unchanging, untilTrue } from "../../support/eventually.ts";
import { data, FRAME, frame, grpcMessage, headers, PREFACE, requestFields, reset, SETTINGS } from "../../support/http2-raw.ts";

const directory = mkdtempSync(join(tmpdir(), "grpc-"));
const PATH = "/test.Test/Stream";
const opened: { close: () => void }[] = [];
let count = 0;

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function serve(accept: Accept, rules: Partial<ServerRules> = {}): Promise<{ readonly server: GrpcServer; readonly target: string }> {
  count += 1;
  const path = join(directory, `${count}`);
  const listening = listenOnSocket(path);
  if (listening.kind === "failed") throw new Error(listening.problem);
  const server = serveGrpc(listening.descriptor, { maxMessage: 1_000_000, maxStreams: 100, descriptors: 1, ...rules }, accept);
  opened.push(server);
  return { server, target: `unix:${path}` };
}

function clientOf(target: string): grpc.Client {
  const client = new grpc.Client(target, grpc.credentials.createInsecure(), { "grpc.max_receive_message_length": -1 });
  opened.push(client);
  return client;
}

const same = (bytes: Buffer): Buffer => bytes;

function streamOf(client: grpc.Client, path = PATH): grpc.ClientDuplexStream<Buffer, Buffer> {
  const stream = client.makeBidiStreamRequest(path, same, same);
  stream.on("error", () => {});
  return stream;
}

function statusOf(stream: grpc.ClientDuplexStream<Buffer, Buffer>): Promise<grpc.StatusObject> {
  return new Promise((resolve) => stream.once("status", resolve));
}

function echo(call: ServerCall): CallHandler {
  return { message: (message) => call.send(message), halfClosed: () => call.end(), ended: () => {} };
}

describe("a gRPC server", () => {
  test("answers a foreign client, and ends the call with OK", async () => {
    const { target } = await serve(echo);
    const stream = streamOf(clientOf(target));
    const received: string[] = [];
    stream.on("data", (bytes: Buffer) => received.push(bytes.toString()));
    for (const text of ["one", "", "three"]) stream.write(Buffer.from(text));
    stream.end();
    expect(await statusOf(stream)).toMatchObject({ code: CODE.OK });
    expect(received).toEqual(["one", "", "three"]);
  });

  test("passes large messages both ways", async () => {
    const { target } = await serve(echo, { maxMessage: 2 ** 31 });
    const stream = streamOf(clientOf(target));
    const large = Buffer.alloc(9_000_000, "0123456789");
    const received: Buffer[] = [];
    stream.on("data", (bytes: Buffer) => received.push(bytes));
    stream.write(large);
    stream.end();
    expect(await statusOf(stream)).toMatchObject({ code: CODE.OK });
    expect(received.map((each) => each.equals(large))).toEqual([true]);
  });

  test("refuses a client that compresses, before anything is done", async () => {
    let calls = 0;
    const { target } = await serve((call) => {
      calls += 1;
      return echo(call);
    });
    const client = new grpc.Client(target, grpc.credentials.createInsecure(), { "grpc.default_compression_algorithm": 2 });
    opened.push(client);
    const stream = streamOf(client);
    stream.write(Buffer.from("x"));
    const details = 'grpc: Decompressor is not installed for grpc-encoding "gzip"';
    expect(await statusOf(stream)).toMatchObject({ code: CODE.UNIMPLEMENTED, details });
    expect(calls).toBe(0);
  });

  test("knows the process of the client", async () => {
    const peers: unknown[] = [];
    const { target } = await serve((call) => {
      peers.push(call.peer);
      return { code: CODE.OK, message: "" };
    });
    await statusOf(streamOf(clientOf(target)));
    expect(peers).toEqual([process.pid]);
  });

  test("sends a status without a message, and its text in full", async () => {
    const message = 'not here: 100 % "grüß" \n';
    const { target } = await serve(() => ({ code: CODE.UNIMPLEMENTED, message }));
    expect(await statusOf(streamOf(clientOf(target)))).toMatchObject({ code: CODE.UNIMPLEMENTED, details: message });
  });

  test.each<[how: string, fail: () => Promise<void>]>([
    [
      "at once",
      () => {
        throw new Error("broken");
      },
    ],
    [
      "later",
      async () => {
        throw new Error("broken");
      },
    ],
  ])("ends a call whose messages cannot be handled, with the reason: known %s", async (_, fail) => {
    const { target } = await serve((call) => ({ ...echo(call), message: fail }));
    const stream = streamOf(clientOf(target));
    stream.resume();
    stream.write(Buffer.from("x"));
    expect(await statusOf(stream)).toMatchObject({ code: CODE.INTERNAL, details: "broken" });
  });

  test("sends a status after messages", async () => {
    const { target } = await serve((call) => ({
      message(message) {
        call.send(message);
        call.end({ code: CODE.NOT_FOUND, message: "gone" });
      },
      ended: () => {},
    }));
    const stream = streamOf(clientOf(target));
    const received: string[] = [];
    stream.on("data", (bytes: Buffer) => received.push(bytes.toString()));
    stream.write(Buffer.from("x"));
    expect(await statusOf(stream)).toMatchObject({ code: CODE.NOT_FOUND, details: "gone" });
    expect(received).toEqual(["x"]);
  });

  test("sends messages in order and whole, and the status after them, when nobody waits in between", async () => {
    const sizes = [1_000_000, 3, 70_000, 0, 200_000];
    const { target } = await serve((call) => ({
      message() {
        for (const size of sizes) call.send([new Uint8Array(Math.floor(size / 2)), new Uint8Array(Math.ceil(size / 2))]);
        call.end({ code: CODE.NOT_FOUND, message: "gone" });
      },
      ended: () => {},
    }));
    const stream = streamOf(clientOf(target));
    const received: number[] = [];
    stream.on("data", (bytes: Buffer) => received.push(bytes.length));
    stream.write(Buffer.from("x"));
    expect(await statusOf(stream)).toMatchObject({ code: CODE.NOT_FOUND, details: "gone" });
    expect(received).toEqual(sizes);
  });

  test("refuses a message above the limit, by its prefix", async () => {
    const ends: unknown[] = [];
    const { target } = await serve((call) => ({ ...echo(call), ended: (status) => ends.push(status) }), { maxMessage: 100 });
    const stream = streamOf(clientOf(target));
    stream.resume();
    stream.write(Buffer.alloc(101));
    const status = { code: CODE.RESOURCE_EXHAUSTED, message: "grpc: received message larger than max (101 vs. 100)" };
    expect(await statusOf(stream)).toMatchObject({ code: status.code, details: status.message });
    await eventually(() => expect(ends).toEqual([status]) ?? true);
  });

  test("reports a client that cancels, and one that is gone, once", async () => {
    const ends: unknown[] = [];
    const { target } = await serve((call) => ({ ...echo(call), ended: (status) => ends.push(status.code) }));
    const stream = streamOf(clientOf(target));
    stream.on("data", () => stream.cancel());
    stream.write(Buffer.from("x"));
    await eventually(() => expect(ends).toEqual([CODE.CANCELLED]) ?? true);
    const client = clientOf(target);
    const other = streamOf(client);
    other.on("data", () => client.close());
    other.write(Buffer.from("x"));
    other.once("data", () => other.cancel());
    await eventually(() => expect(ends).toEqual([CODE.CANCELLED, CODE.CANCELLED]) ?? true);
  });

  test("closes connections at once, without a status", async () => {
    const { server, target } = await serve(echo);
    const stream = streamOf(clientOf(target));
    stream.on("data", () => server.close());
    stream.write(Buffer.from("x"));
    expect(await statusOf(stream)).toMatchObject({ code: CODE.UNAVAILABLE });
  });

  test("says why it closes a connection whose client has broken the protocol", async () => {
    const { target } = await serve(echo);
    const socket = connect(target.slice("unix:".length));
    const received: Buffer[] = [];
    socket.on("data", (bytes: Buffer) => received.push(bytes));
    socket.write(Buffer.concat([PREFACE, SETTINGS, frame(FRAME.ping, 0, 0, Buffer.alloc(3))]));
    await new Promise((resolve) => socket.once("close", resolve));
    // The last stream is 0, and the code that of a wrong size.
    expect(Buffer.concat(received).toString("hex")).toEndWith("0000080700000000000000000000000006");
  });

  test("holds sixteen incomplete messages of the largest size, and gives up the oldest for another", async () => {
    const ends: string[] = [];
    const { target } = await serve((call) => ({ ...echo(call), ended: ({ code }) => ends.push(`${call.method} ${code}`) }), {
      maxMessage: 100,
    });
    const incomplete = (stream: number) =>
      Buffer.concat([headers(stream, requestFields(`${stream}`)), data(stream, grpcMessage(Buffer.alloc(99), { length: 100 }))]);
    const socket = connect(target.slice("unix:".length));
    opened.push({ close: () => socket.destroy() });
    socket.write(Buffer.concat([PREFACE, SETTINGS, ...Array.from({ length: 16 }, (_, index) => incomplete(2 * index + 1))]));
    socket.write(incomplete(33));
    await untilTrue(() => ends.length > 0);
    socket.write(Buffer.concat([reset(33, 8), incomplete(35), incomplete(37)]));
    await untilTrue(() => ends.length > 2);
    expect(ends).toEqual([`1 ${CODE.RESOURCE_EXHAUSTED}`, `33 ${CODE.CANCELLED}`, `3 ${CODE.RESOURCE_EXHAUSTED}`]);
  });

  test("takes a stream that is ended and reset at once for one that is reset", async () => {
    const seen: string[] = [];
    const { target } = await serve(({ method }) => ({
      message: () => {},
      halfClosed: () => void seen.push(`${method} is ended`),
      ended: ({ code }) => seen.push(`${method} ${code}`),
    }));
    const socket = connect(target.slice("unix:".length));
    opened.push({ close: () => socket.destroy() });
    const request = (stream: number) => headers(stream, requestFields(`${stream}`), { endStream: true });
    socket.write(Buffer.concat([PREFACE, SETTINGS, request(1), reset(1, 8), request(3)]));
    await untilTrue(() => seen.includes("3 is ended"));
    expect(seen).toEqual([`1 ${CODE.CANCELLED}`, "3 is ended"]);
  });

  test("does not read on while a message is handled", async () => {
    const handled: number[] = [];
    const release = Promise.withResolvers<void>();
    const { target } = await serve((call) => ({
      async message(message) {
        handled.push(message.reduce((sum, { length }) => sum + length, 0));
        if (handled.length === 1) await release.promise;
      },
      halfClosed: () => call.end(),
      ended: () => {},
    }));
    const stream = streamOf(clientOf(target));
    let written = 0;
    const write = () => {
      if (written < 100)
        stream.write(Buffer.alloc(100_000), () => {
          written += 1;
          write();
        });
      else stream.end();
    };
    write();
    stream.resume();
    await eventually(() => expect(handled).toHaveLength(1) ?? true);
    const before = await unchanging(() => written);
    // What the windows and buffers of both sides hold.
    expect(before).toBeLessThan(20);
    release.resolve();
    expect(await statusOf(stream)).toMatchObject({ code: CODE.OK });
    expect(handled).toEqual(Array.from({ length: 100 }, () => 100_000));
  });

  test("waits for a client that does not read", async () => {
    let sent = 0;
    const { target } = await serve((call) => ({
      async message(message) {
        for (; sent < 200; sent += 1) await call.send(message);
        call.end();
      },
      ended: () => {},
    }));
    const stream = streamOf(clientOf(target));
    stream.write(Buffer.alloc(100_000));
    const read = Promise.withResolvers<void>();
    let received = 0;
    stream.on("data", () => {
      received += 1;
      if (received > 1) return;
      stream.pause();
      read.resolve();
    });
    await read.promise;
    expect(await unchanging(() => sent)).toBeLessThan(100);
    stream.resume();
    expect(await statusOf(stream)).toMatchObject({ code: CODE.OK });
    expect(received).toBe(200);
  });
});
