import { afterEach, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import type { GrpcConnection } from "../../../src/host/mesh/grpc.ts";
import { connectGrpc } from "../../../src/host/mesh/grpc-connection.ts";
import { CODE, type GrpcStatus } from "../../../src/mesh/grpc-status.ts";
import {
  data,
  FLAG,
  FRAME,
  fields,
  frame,
  goAway,
  grpcMessage,
  headers,
  RESPONSE_FIELDS,
  requestFields,
  reset,
  SETTINGS,
  windowUpdate,
} from "../../support/http2-raw.ts";
import { type RawUpstream, startRawUpstream } from "../../support/raw-upstream.ts";

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

async function serve(requested: (socket: Socket, count: number) => void): Promise<RawUpstream> {
  const server = await startRawUpstream(requested);
  opened.push(server.close);
  return server;
}

function dial(port: number): GrpcConnection {
  const connection = connectGrpc({ host: "127.0.0.1", port, keepalive: { interval: 30_000, timeout: 10_000 } }, () => {}, {
    limit: 30_000,
  });
  opened.push(connection.close);
  return connection;
}

interface Outcome {
  readonly messages: number;
  readonly status: GrpcStatus;
}

async function callOn(connection: GrpcConnection): Promise<Outcome> {
  let messages = 0;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const call = connection.open("/test.Test/Stream", [], {
    message() {
      messages++;
    },
    ended: (status) => resolve({ messages, status }),
  });
  call.send([Buffer.from("x")]);
  return promise;
}

const HEAD = headers(1, RESPONSE_FIELDS);
const trailers = (...list: readonly (readonly [string, string])[]) => headers(1, list, { endStream: true });
const OK = trailers(["grpc-status", "0"]);
const message = (length?: number) => data(1, grpcMessage(Buffer.from("hi"), length === undefined ? {} : { length }));
const many = (count: number, one: Buffer) => Buffer.concat(Array.from({ length: count }, () => one));

type Row = [name: string, answer: readonly Buffer[], code: number, text: RegExp];

describe("a hostile control plane ends its stream, or its connection, and nothing else", () => {
  test.each<Row>([
    ["a message of 2^32-1 bytes", [HEAD, message(2 ** 32 - 1)], CODE.RESOURCE_EXHAUSTED, /larger than max \(4294967295 vs\. 2147483647\)/],
    ["a message that is not as long as announced", [HEAD, message(2 ** 31 - 1), OK], CODE.INTERNAL, /ends within a message/],
    ["half a prefix", [HEAD, data(1, Buffer.of(0, 0)), OK], CODE.OK, /^$/],
    ["a compressed message", [HEAD, data(1, grpcMessage(Buffer.from("hi"), { flag: 1 }))], CODE.INTERNAL, /compressed flag set/],
    [
      "a message with a compression",
      [headers(1, [...RESPONSE_FIELDS, ["grpc-encoding", "gzip"]]), data(1, grpcMessage(Buffer.from("hi"), { flag: 1 }))],
      CODE.INTERNAL,
      /^grpc: Decompressor is not installed for grpc-encoding "gzip"$/,
    ],
    ["an unknown flag", [HEAD, data(1, grpcMessage(Buffer.from("hi"), { flag: 7 }))], CODE.INTERNAL, /payload format 7/],
    [
      "an end without trailers",
      [HEAD, data(1, grpcMessage(Buffer.from("hi")), { endStream: true })],
      CODE.INTERNAL,
      /without sending trailers/,
    ],
    // As pilot-agent 1.30.3 reports them.
    ["trailers without a status", [HEAD, trailers(["x", "y"])], CODE.UNKNOWN, /^$/],
    ["nothing but trailers, without a status", [headers(1, RESPONSE_FIELDS, { endStream: true })], CODE.UNKNOWN, /^$/],
    ["trailers with a text only", [HEAD, trailers(["grpc-message", "a%20b"])], CODE.UNKNOWN, /^a b$/],
    ["a negative status", [HEAD, trailers(["grpc-status", "-1"], ["grpc-message", "x"])], 4_294_967_295, /^x$/],
    [
      "a status that is no number",
      [HEAD, trailers(["grpc-status", "abc"])],
      CODE.UNKNOWN,
      /^transport: malformed grpc-status: strconv\.ParseInt: parsing "abc": invalid syntax$/,
    ],
    ["a status of more than 32 bits", [HEAD, trailers(["grpc-status", "99999999999"])], CODE.UNKNOWN, /value out of range$/],
    ["two statuses", [HEAD, trailers(["grpc-status", "0"], ["grpc-status", "5"])], CODE.NOT_FOUND, /^$/],
    ["a text with the status OK", [HEAD, trailers(["grpc-status", "0"], ["grpc-message", "x"])], CODE.OK, /^$/],
    ["data before headers", [message()], CODE.INTERNAL, /data before header fields/],
    ["an end before headers", [data(1, Buffer.alloc(0), { endStream: true })], CODE.INTERNAL, /./],
    ["two heads", [HEAD, HEAD, OK], CODE.INTERNAL, /PROTOCOL_ERROR/],
    ["headers with control characters", [HEAD, trailers(["grpc-status", "0"], ["a", "\0\r\n"])], CODE.INTERNAL, /PROTOCOL_ERROR/],
    ...(
      [
        ["200", ["content-type", "text/html"], CODE.UNKNOWN, '200 (OK); transport: received unexpected content-type "text/html"'],
        ["200", ["grpc-status", "5"], CODE.UNKNOWN, "200 (OK); malformed header: missing HTTP content-type"],
        [
          "401",
          ["content-type", "text/html"],
          CODE.UNAUTHENTICATED,
          '401 (Unauthorized); transport: received unexpected content-type "text/html"',
        ],
        ["503", ["x", "y"], CODE.UNAVAILABLE, "503 (Service Unavailable); malformed header: missing HTTP content-type"],
      ] as const
    ).map(
      ([status, field, code, text]) =>
        [
          `no gRPC, ${status} and ${field.join(" ")}`,
          [headers(1, [[":status", status], field])],
          code,
          new RegExp(`^unexpected HTTP status code received from server: ${RegExp.escape(text)}$`),
        ] as const satisfies Row,
    ),
    [
      "a status of HTTP with gRPC",
      [
        headers(
          1,
          [
            [":status", "503"],
            ["content-type", "application/grpc"],
            ["grpc-status", "8"],
          ],
          { endStream: true },
        ),
      ],
      CODE.RESOURCE_EXHAUSTED,
      /^$/,
    ],
    ["no status of HTTP", [headers(1, [["content-type", "application/grpc"]])], CODE.INTERNAL, /the response has no valid status/],
    ["a reset without an error", [HEAD, reset(1, 0)], CODE.INTERNAL, /./],
    ["a reset after its headers", [HEAD, message(), reset(1, 7)], CODE.UNAVAILABLE, /REFUSED_STREAM/],
    ["a reset for flow control", [HEAD, reset(1, 3)], CODE.RESOURCE_EXHAUSTED, /FLOW_CONTROL_ERROR/],
    ["a reset of a closed stream", [HEAD, reset(1, 5)], CODE.INTERNAL, /STREAM_CLOSED/],
    ["a reset with an unknown error", [reset(1, 0xffff_ffff)], CODE.UNKNOWN, /unknown error code 0xffffffff$/],
    ["a storm of resets", [many(10_000, reset(1, 8))], CODE.CANCELLED, /CANCEL/],
    ["a header block of 1 MB", [headers(1, [...RESPONSE_FIELDS, ["x", "y".repeat(1_000_000)]])], CODE.UNAVAILABLE, /./],
    ["trailers of 1 MB", [HEAD, trailers(["grpc-status", "2"], ["grpc-message", "x".repeat(1_000_000)])], CODE.UNAVAILABLE, /./],
    [
      "a header block without end",
      [
        frame(FRAME.headers, 0, 1, fields(RESPONSE_FIELDS)),
        many(500, frame(FRAME.continuation, 0, 1, fields([["x", "y".repeat(16_000)]]))),
      ],
      CODE.UNAVAILABLE,
      /./,
    ],
    ["a flood of settings", [many(100_000, SETTINGS)], CODE.UNAVAILABLE, /Flooding/],
    ["a flood of pings", [many(100_000, frame(FRAME.ping, 0, 0, Buffer.alloc(8)))], CODE.UNAVAILABLE, /Flooding/],
    ["a window of nothing", [windowUpdate(1, 0)], CODE.INTERNAL, /PROTOCOL_ERROR/],
    ["a window that is too large", [many(2, windowUpdate(0, 2 ** 31 - 1))], CODE.UNAVAILABLE, /./],
    [
      "a pushed response",
      [frame(5, FLAG.endHeaders, 1, Buffer.concat([Buffer.of(0, 0, 0, 2), fields(requestFields("/x"))]))],
      CODE.UNAVAILABLE,
      /./,
    ],
    ["GOAWAY for its stream", [goAway(0, 0)], CODE.UNAVAILABLE, /received prior goaway: code: NO_ERROR/],
    ["a stream of its own", [headers(2, RESPONSE_FIELDS), SETTINGS, frame(FRAME.settings, 0, 0, Buffer.alloc(5))], CODE.UNAVAILABLE, /./],
    ["half a stream of its own", [frame(FRAME.headers, 0, 2, fields(RESPONSE_FIELDS)), SETTINGS], CODE.UNAVAILABLE, /./],
    ["garbage", [HEAD, Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 7_919) & 255))], CODE.UNAVAILABLE, /./],
  ])("%s", async (_, answer, code, text) => {
    const { port } = await serve(
      (socket, count) => void socket.write(count === 1 ? Buffer.concat(answer) : Buffer.concat([HEAD, message(), OK])),
    );
    const { status } = await callOn(dial(port));
    expect(status).toEqual({ code, message: expect.stringMatching(text) });
    expect(await callOn(dial(port))).toEqual({ messages: 1, status: { code: CODE.OK, message: "" } });
  });

  test("GOAWAY without end makes the connection unusable, and the stream goes on", async () => {
    const { port } = await serve((socket) => {
      socket.write(Buffer.concat([many(10_000, goAway(2 ** 31 - 1, 0)), HEAD, message()]), () => socket.write(OK));
    });
    const connection = dial(port);
    expect(await callOn(connection)).toEqual({ messages: 1, status: { code: CODE.OK, message: "" } });
    expect(connection.isUsable()).toBe(false);
  });

  test("a message that comes byte by byte passes, and one without end can be cancelled", async () => {
    const { port } = await serve((socket) => {
      for (const byte of Buffer.concat([HEAD, message()])) socket.write(Buffer.of(byte));
      socket.write(data(1, grpcMessage(Buffer.alloc(10), { length: 2 ** 31 - 1 })));
    });
    const received = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<GrpcStatus>();
    const call = dial(port).open("/test.Test/Stream", [], { message: () => received.resolve(), ended: ended.resolve });
    await received.promise;
    call.cancel();
    expect(await ended.promise).toMatchObject({ code: CODE.CANCELLED });
  });
});
