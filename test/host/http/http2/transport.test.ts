import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTransport, type Transport } from "../../../../src/host/http/http2/transport.ts";
import type { Http2Stream } from "../../../../src/http/http2/state.ts";
import type { Headers } from "../../../../src/http/message-head.ts";
import { eventually } from "../../../support/eventually.ts";
import { FRAME, frame, headers, PREFACE, requestFields, SETTINGS, windowUpdate } from "../../../support/http2-raw.ts";

/** More than a socket takes at once, and unlike itself in every part. */
const SIZE = 6_000_000;
const contentOf = (seed: number) => Buffer.from(new Uint32Array(SIZE / 4).map((_, index) => Math.imul(index + seed, 2_654_435_761)).buffer);

/** Connects a client with large windows that does not read yet. */
async function openClient(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.pause();
  const large = frame(FRAME.settings, 0, 0, Buffer.from("00047fffffff", "hex"));
  socket.write(Buffer.concat([PREFACE, SETTINGS, large, windowUpdate(0, 2 ** 30), headers(1, requestFields("/a"))]));
  return socket;
}

/** Reads the content of all DATA frames, until there are so many bytes. */
async function contentFrom(socket: Socket): Promise<Buffer> {
  let received = Buffer.alloc(0);
  const content: Buffer[] = [];
  let size = 0;
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
      const length = received.readUIntBE(0, 3);
      const payload = received.subarray(9, 9 + length);
      if (received[3] === FRAME.data) {
        content.push(payload);
        size += length;
      }
      received = received.subarray(9 + length);
    }
    if (size >= SIZE) break;
  }
  return Buffer.concat(content);
}

test("what a socket has no room for stays what it is while other connections send", async () => {
  using stack = new DisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "transport-"));
  stack.defer(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "socket");
  const streams: Http2Stream[] = [];
  let partial = 0;
  const listener = Bun.listen<{ transport: Transport }>({
    unix: path,
    socket: {
      binaryType: "buffer",
      open(socket) {
        const counted = {
          write(bytes: Uint8Array, start: number, length: number) {
            const taken = socket.write(bytes, start, length);
            if (taken < length) partial++;
            return taken;
          },
          end: () => void socket.end(),
          terminate: () => void socket.terminate(),
        };
        const transport = openTransport(
          counted,
          { role: "server", window: 65_535 },
          {
            ready() {},
            goAway() {},
            failed() {},
            request(stream) {
              streams.push(stream);
              return { headers() {}, data() {}, end() {}, reset() {} };
            },
          },
        );
        socket.data = { transport };
        transport.flush();
      },
      data: ({ data }, bytes) => data.transport.receive(bytes),
      drain: ({ data }) => data.transport.drain(),
    },
  });
  stack.defer(() => listener.stop(true));
  const clients = [await openClient(path), await openClient(path)];
  await eventually(() => streams.length === 2 || undefined);
  for (const [seed, stream] of streams.entries()) {
    stream.headers([[":status", "200"]], false);
    stream.data([contentOf(seed)], () => {});
  }
  await eventually(() => partial >= 2 || undefined);
  const received = await Promise.all(clients.map(contentFrom));
  for (const [seed, content] of received.entries()) expect(content.equals(contentOf(seed))).toBe(true);
});

describe("header fields in several frames and reads", () => {
  const LONG: Headers = [...requestFields("/a"), ["x-long", "x".repeat(40_000)]];

  for (const [of, size] of Object.entries({ "16 kB": 16_384, "16 kB and a head": 16_393, "5 kB": 5_000, "1 kB": 1_000, all: 100_000 }))
    test(`of ${of} arrive whole`, () => {
      const received: Headers[] = [];
      const transport = openTransport(
        { write: (_, __, length) => length, end() {}, terminate() {} },
        { role: "server", window: 65_535 },
        {
          ready() {},
          goAway() {},
          failed({ message }) {
            throw new Error(message);
          },
          request(_, fields) {
            received.push(fields);
            return { headers() {}, data() {}, end() {}, reset() {} };
          },
        },
      );
      transport.flush();
      transport.receive(Buffer.concat([PREFACE, SETTINGS]));
      const bytes = headers(1, LONG);
      // As a socket of the runtime does it: each read is memory of its own, which is freed afterwards.
      for (let at = 0; at < bytes.length; at += size) transport.receive(Buffer.from(new Uint8Array(bytes.subarray(at, at + size)).buffer));
      expect(received).toEqual([LONG]);
    });
});
