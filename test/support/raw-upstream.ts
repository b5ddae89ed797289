import { createServer, type Socket } from "node:net";
import { FRAME, SETTINGS, SETTINGS_ACK } from "./http2-raw.ts";

/** A server of HTTP/2 that answers with bytes, whether they are valid or not. */
export interface RawUpstream {
  readonly port: number;
  /** How many connections there were. */
  readonly connections: () => number;
  readonly close: () => void;
}

/** Starts one on loopback: it sends its settings, and calls back with each connection once a request has come on it. */
export async function startRawUpstream(requested: (socket: Socket, count: number) => void): Promise<RawUpstream> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const count = sockets.length;
    let received = Buffer.alloc(0);
    let hasRequest = false;
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      if (hasRequest) return;
      received = Buffer.concat([received, bytes]);
      if (!hasFrame(received.subarray(PREFACE_LENGTH), FRAME.headers)) return;
      hasRequest = true;
      requested(socket, count);
    });
    socket.write(Buffer.concat([SETTINGS, SETTINGS_ACK]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    connections: () => sockets.length,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const PREFACE_LENGTH = 24;

function hasFrame(bytes: Buffer, type: number): boolean {
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) if (bytes[at + 3] === type) return true;
  return false;
}
