import { afterEach, describe, expect, jest, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { CODE } from "../../../../src/mesh/grpc-status.ts";
import { eventually, untilTurn } from "../../../support/eventually.ts";
import { FRAME, frame, goAway } from "../../../support/http2-raw.ts";
import { bytes, closeAll, dial, opened, openOn, serve, serveRaw } from "./servers.ts";

afterEach(() => {
  jest.useRealTimers();
  closeAll();
});

/** An empty frame of settings. */
const SETTINGS = "\0\0\0\x04\0\0\0\0\0";

describe("the end of a gRPC connection", () => {
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
    ["speaks HTTP/1", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", /PROTOCOL_ERROR: the peer speaks HTTP\/1"$/],
    ["sends garbage", "x".repeat(1000), /FRAME_SIZE_ERROR/],
    ["sends a frame that is too large", "\xff\xff\xff\x04\x00\x00\x00\x00\x00", /FRAME_SIZE_ERROR/],
  ])("reports a server that %s", async (_, text, reason) => {
    const port = await serveRaw((socket) => void socket.write(text, "latin1"));
    const message = expect.stringMatching(reason);
    expect(await openOn(dial(port, { options: { limit: 300 } })).ended).toMatchObject({ code: CODE.UNAVAILABLE, message });
  });

  test.each([
    ["breaks the protocol at once", `${SETTINGS}\0\0\x01\0\0\0\0\0\x01x`, /PROTOCOL_ERROR: DATA on stream 1, which was not begun/],
    ["allows no calls", "\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\0", /^the server allows no more calls on the connection/],
    ["leaves at once", `${SETTINGS}\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0b`, /^the server closes the connection$/],
  ])("reports a server that %s", async (_, text, reason) => {
    const port = await serveRaw((socket) => void socket.write(text, "latin1"));
    const message = expect.stringMatching(reason);
    expect(await openOn(dial(port, { options: { limit: 300 } })).ended).toMatchObject({ code: CODE.UNAVAILABLE, message });
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
    jest.useFakeTimers();
    const { received, ended } = openOn(dial(between, { keepalive: { interval: 20, timeout: 50 } }));
    await untilTurn(() => received.length > 0);
    isMute = true;
    let isEnded = false;
    void ended.then(() => {
      isEnded = true;
    });
    jest.advanceTimersByTime(20 + 49);
    await Promise.resolve();
    expect(isEnded).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await ended).toEqual({
      code: CODE.UNAVAILABLE,
      message: "keepalive ping failed to receive ACK within timeout",
    });
  });

  test.each([
    ["without a reason", "NO_ERROR", goAway(1, 0)],
    ["with a code", "ENHANCE_YOUR_CALM", goAway(1, 11)],
    ["with a text", 'ENHANCE_YOUR_CALM, debug data: "too many"', frame(FRAME.goAway, 0, 0, Buffer.from("\0\0\0\x01\0\0\0\x0btoo many"))],
  ])("says what the server has announced before: %s", async (_, announced, frames) => {
    const port = await serveRaw((socket) => {
      socket.write(SETTINGS);
      socket.on("data", (each: Buffer) => each.includes("the message") && socket.end(frames));
    });
    const { call, ended } = openOn(dial(port));
    call.send(bytes("the message"));
    const reason = 'connection error: desc = "error reading from server: EOF"';
    const message = `closing transport due to: ${reason}, received prior goaway: code: ${announced}`;
    expect(await ended).toEqual({ code: CODE.UNAVAILABLE, message });
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
});
