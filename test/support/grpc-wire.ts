import { mkdirSync } from "node:fs";
import { createServer, type ServerHttp2Stream } from "node:http2";
import { dirname } from "node:path";

/** A gRPC server on a socket or a loopback port; every call is a bidirectional stream. */
export interface GrpcServer {
  /** The calls, oldest first. */
  readonly streams: readonly GrpcStream[];
  readonly close: () => void;
}

export interface GrpcStream {
  /** The path of the call: `/package.Service/Method`. */
  readonly method: string;
  readonly send: (message: Buffer) => void;
}

/** Starts a server that passes every message of a call to `receive`. */
export async function startGrpcServer(where: string | number, receive: (message: Buffer, stream: GrpcStream) => void): Promise<GrpcServer> {
  if (typeof where === "string") mkdirSync(dirname(where), { recursive: true });
  const open: ServerHttp2Stream[] = [];
  const streams: GrpcStream[] = [];
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    const call: GrpcStream = { method: String(headers[":path"]), send: (message) => void stream.write(framed(message)) };
    open.push(stream);
    streams.push(call);
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    let received = Buffer.alloc(0);
    stream.on("data", (piece: Buffer) => {
      received = Buffer.concat([received, piece]);
      while (received.length >= 5 && received.length >= 5 + received.readUInt32BE(1)) {
        const end = 5 + received.readUInt32BE(1);
        receive(received.subarray(5, end), call);
        received = received.subarray(end);
      }
    });
  });
  await new Promise<void>((resolve) => {
    if (typeof where === "string") server.listen(where, resolve);
    else server.listen(where, "127.0.0.1", resolve);
  });
  return {
    streams,
    close() {
      for (const stream of open) stream.destroy();
      server.close();
    },
  };
}

/** Frames a message as gRPC does. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Encodes a field of bytes or text in protobuf, with a number up to 15. */
export function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
}

/** Encodes a message of a named type as protobuf's Any. */
export function anyOf(type: string, value: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([field(1, type), ...(value.length > 0 ? [field(2, value)] : [])]);
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

/** Returns the first text field with a number, in a message whose fields are all bytes. */
export function textField(message: Buffer, number: number): string | undefined {
  for (let at = 0; at < message.length; ) {
    const tag = message[at++] ?? 0;
    if ((tag & 7) !== 2) return undefined;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (tag >> 3 === number) return message.toString("utf8", at, at + length);
    at += length;
  }
  return undefined;
}
