import { createServer, type Socket } from "node:net";
import * as grpc from "@grpc/grpc-js";
import type { Call, GrpcConnection } from "../../../../src/host/mesh/grpc.ts";
import { connectGrpc, type DialOptions } from "../../../../src/host/mesh/grpc-connection.ts";
import type { GrpcStatus } from "../../../../src/mesh/grpc-status.ts";
import type { Endpoint } from "../../../../src/mesh/mesh-plan.ts";

/** The path of the calls. */
export const PATH = "/test.Test/Stream";
export const KEEPALIVE = { interval: 30_000, timeout: 10_000 };
export const opened: (() => void)[] = [];

/** Ends what a test has started. */
export function closeAll(): void {
  for (const close of opened.splice(0)) close();
}

/** A call as the foreign server sees it. */
export type Stream = grpc.ServerDuplexStream<Buffer, Buffer>;

export const same = (bytes: Buffer): Buffer => bytes;

/** Starts a foreign server. */
export async function serve(handle: (stream: Stream) => void, credentials = grpc.ServerCredentials.createInsecure()): Promise<number> {
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
export async function serveRaw(accept: (socket: Socket) => void): Promise<number> {
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

/** Connects to a server. */
export function dial(port: number, { options = {}, ...more }: Partial<Endpoint> & { readonly options?: DialOptions } = {}): GrpcConnection {
  const connection = connectGrpc({ host: "127.0.0.1", port, keepalive: KEEPALIVE, ...more }, () => {}, options);
  opened.push(connection.close);
  return connection;
}

/** A call, what it has received, and its end. */
export interface Opened {
  readonly call: Call;
  readonly received: string[];
  readonly ended: Promise<GrpcStatus>;
}

/** Opens a call. */
export function openOn(connection: GrpcConnection, headers: readonly (readonly [string, string])[] = [], path = PATH): Opened {
  const { promise, resolve } = Promise.withResolvers<GrpcStatus>();
  const received: string[] = [];
  const call = connection.open(path, headers, {
    message: (message) => void received.push(Buffer.concat(message).toString()),
    ended: resolve,
  });
  return { call, received, ended: promise };
}

/** Returns text as bytes in pieces. */
export const bytes = (text: string) => [new TextEncoder().encode(text)];

/** Sends back what comes. */
export function echo(stream: Stream): void {
  stream.on("data", (each: Buffer) => stream.write(each));
  stream.on("end", () => stream.end());
}
