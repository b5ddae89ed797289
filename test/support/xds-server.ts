import { mkdirSync } from "node:fs";
import { createServer, type ServerHttp2Stream } from "node:http2";
import { dirname } from "node:path";

const TYPES = {
  cds: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
  lds: "type.googleapis.com/envoy.config.listener.v3.Listener",
} as const;

export type Kind = keyof typeof TYPES;

/** A control plane over gRPC (delta xDS) on a socket file, which gives resources only when it is told to. */
export interface XdsServer extends AsyncDisposable {
  /** Resolves when Envoy has asked for resources of a kind. */
  readonly asked: (kind: Kind) => Promise<void>;
  /** Answers with no resources at all, which counts as an update. */
  readonly sendEmpty: (kind: Kind) => void;
  /** Answers with bytes that are no resource, which Envoy rejects. */
  readonly sendBroken: (kind: Kind) => void;
}

export async function startXdsServer(path: string): Promise<XdsServer> {
  mkdirSync(dirname(path), { recursive: true });
  const streams: ServerHttp2Stream[] = [];
  const asked = { cds: Promise.withResolvers<void>(), lds: Promise.withResolvers<void>() };
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream) => {
    streams.push(stream);
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    let received = Buffer.alloc(0);
    stream.on("data", (piece: Buffer) => {
      received = Buffer.concat([received, piece]);
      while (received.length >= 5 && received.length >= 5 + received.readUInt32BE(1)) {
        const end = 5 + received.readUInt32BE(1);
        const type = textField(received.subarray(5, end), 2);
        if (type === TYPES.cds) asked.cds.resolve();
        if (type === TYPES.lds) asked.lds.resolve();
        received = received.subarray(end);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const send = (kind: Kind, resources: readonly Buffer[]) =>
    streams.at(-1)?.write(framed(Buffer.concat([field(1, "1"), ...resources, field(4, TYPES[kind]), field(5, kind)])));
  return {
    asked: (kind) => asked[kind].promise,
    sendEmpty: (kind) => void send(kind, []),
    // A Resource whose Any has a type of its own and no fitting value.
    sendBroken: (kind) =>
      void send(kind, [field(2, Buffer.concat([field(3, "broken"), field(2, field(1, "type.googleapis.com/no.such"))]))]),
    async [Symbol.asyncDispose]() {
      for (const stream of streams) stream.destroy();
      server.close();
    },
  };
}

/** A message as gRPC frames it. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** A field of bytes or text in protobuf's wire form. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

/** The first text field of a number in a message whose fields are all of bytes. */
function textField(message: Buffer, number: number): string | undefined {
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
