import { afterEach, describe, expect, jest, test } from "bun:test";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { untilTurn } from "../../../support/eventually.ts";
import { closeAll, dial, opened, openOn } from "./servers.ts";

afterEach(() => {
  jest.useRealTimers();
  closeAll();
});

const INTERVAL = 50;

/** Starts a server that answers PING frames, and follows each of them with a message on every call. */
async function servePings() {
  const seen = { pings: 0 };
  const server = createServer();
  const streams: ServerHttp2Stream[] = [];
  server.on("session", (session) => {
    opened.push(() => session.destroy());
    session.on("ping", () => {
      seen.pings++;
      for (const stream of streams) stream.write("\0\0\0\0\x01x");
    });
  });
  server.on("stream", (stream: ServerHttp2Stream) => {
    streams.push(stream);
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.write("\0\0\0\0\x01x");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => server.close());
  return { seen, port: (server.address() as AddressInfo).port }; // it listens on a port
}

describe("the PING frames of a client", () => {
  const keepalive = { interval: INTERVAL, timeout: INTERVAL };

  test("keep a call open as long as the server answers", async () => {
    const { seen, port } = await servePings();
    jest.useFakeTimers();
    const { received, ended } = openOn(dial(port, { keepalive }));
    let isEnded = false;
    void ended.then(() => {
      isEnded = true;
    });
    await untilTurn(() => received.length === 1);
    for (let count = 1; count <= 10; count++) {
      jest.advanceTimersByTime(INTERVAL);
      await untilTurn(() => isEnded || (seen.pings === count && received.length === count + 1));
    }
    expect([isEnded, seen.pings]).toEqual([false, 10]);
  });

  test("begin with its first call: servers close a connection that has none", async () => {
    const { seen, port } = await servePings();
    jest.useFakeTimers();
    const connection = dial(port, { keepalive });
    await untilTurn(connection.wasReady);
    // One PING frame would be lost in this time, as nothing is read meanwhile.
    jest.advanceTimersByTime(3 * INTERVAL);
    const { received, ended } = openOn(connection);
    await Promise.race([ended, untilTurn(() => received.length > 0 && seen.pings > 0)]);
    expect([seen.pings, connection.isUsable()]).toEqual([1, true]);
  });
});
