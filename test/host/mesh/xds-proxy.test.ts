import { describe, expect, test } from "bun:test";
import { createServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcp, type Socket } from "node:net";
import { DELTA_DISCOVERY_REQUEST, DELTA_DISCOVERY_RESPONSE, RESOURCE } from "../../../src/mesh/discovery.ts";
import { join } from "../../../src/mesh/pieces.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { XDS_TYPE } from "../../../src/mesh/xds-types.ts";
import { eventually } from "../../support/eventually.ts";
import { startScriptedPlane, startXdsProxy } from "./xds-lab.ts";

const MIB = 1024 ** 2;

/** A response of about the given size. */
function response(size: number, nonce = "n"): Buffer {
  const resource = encode(RESOURCE, { name: "one", resource: [new Uint8Array(size)] });
  return Buffer.from(join(encode(DELTA_DISCOVERY_RESPONSE, { resources: [resource], typeUrl: XDS_TYPE.cluster, nonce })));
}

/** A request of exactly the given size; without one, a small one. */
function request(size?: number): Buffer {
  const of = (name: string) =>
    Buffer.from(join(encode(DELTA_DISCOVERY_REQUEST, { typeUrl: XDS_TYPE.cluster, resourceNamesSubscribe: [name] })));
  if (size === undefined) return of("one");
  const first = of("n".repeat(size - 100));
  return of("n".repeat(size - 100 + size - first.length));
}

/** A server of connections that does what the test says; it goes with the scope. */
async function startTcp(connected: (socket: Socket) => void): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets: Socket[] = [];
  const server = createTcp((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    connected(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port, // it listens on a port
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe("the control plane", () => {
  test("that cannot be reached ends the stream at once", async () => {
    const tcp = await startTcp(() => {});
    await tcp[Symbol.asyncDispose]();
    await using lab = await startXdsProxy(tcp.port);
    const text = `connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:${tcp.port}: connect: connection refused"`;
    expect(await lab.open().next(1)).toEqual([`14 ${text}`]);
    expect(await lab.open().next(1)).toEqual([`14 ${text}`]);
    expect(lab.logged).toEqual([
      `warn Cannot connect to the control plane "127.0.0.1:${tcp.port}", Envoy tries again: UNAVAILABLE: ${text}`,
    ]);
    expect(lab.counts).toMatchObject({ istiodConnectionFailures: 2, istiodTerminations: { cancelled: 0, error: 2 }, xdsRequests: 0 });
    expect(lab.counts.envoyTerminations).toEqual({ cancelled: 0, error: 0 });
  });

  test("that accepts connections and stays silent ends the stream after a time", async () => {
    await using tcp = await startTcp(() => {});
    await using lab = await startXdsProxy(tcp.port, { limit: 100 });
    expect(await lab.open().next(1)).toEqual([
      expect.stringMatching(/^14 connection error: .* no SETTINGS frame from 127.0.0.1:\d+ within 0.1 s/),
    ]);
  });

  test("that does not speak HTTP/2 ends the stream", async () => {
    await using tcp = await startTcp((socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await using lab = await startXdsProxy(tcp.port, { limit: 30_000 });
    expect(await lab.open().next(1)).toEqual([expect.stringMatching(/^14 connection error: /)]);
  });

  test("that closes the connection without a word ends the stream", async () => {
    const sockets: Socket[] = [];
    const server = createServer();
    server.on("connection", (socket: Socket) => sockets.push(socket));
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {});
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      stream.once("data", () => sockets[0]?.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await using lab = await startXdsProxy((server.address() as AddressInfo).port); // it listens on a port
    const client = lab.open();
    client.call.write(request());
    expect(await client.next(1)).toEqual(["14 error reading from server: EOF"]);
    expect(lab.counts.istiodTerminations).toEqual({ cancelled: 1, error: 0 });
    server.close();
  });

  test("gets GOAWAY when the agent ends, and Envoy's connection is closed without a status", async () => {
    const goaways: number[] = [];
    const opened = Promise.withResolvers<void>();
    const server = createServer();
    server.on("session", (session) => session.on("goaway", (code) => void goaways.push(code)));
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {});
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      stream.resume();
      opened.resolve();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await using lab = await startXdsProxy((server.address() as AddressInfo).port); // it listens on a port
    const client = lab.open();
    client.call.write(request());
    await opened.promise;
    lab.stop();
    expect(await client.next(1)).toEqual([expect.stringMatching(/^14 /)]);
    expect(await eventually(() => goaways[0])).toBe(0);
    expect(lab.logged).toEqual([]);
    server.close();
  });

  test("is not reached by requests for other services", async () => {
    await using plane = await startScriptedPlane(() => {});
    await using lab = await startXdsProxy(plane.port);
    const ads = "envoy.service.discovery.v3.AggregatedDiscoveryService";
    expect(await lab.open(`/${ads}/NoSuchMethod`).next(1)).toEqual([`12 unknown method NoSuchMethod for service ${ads}`]);
    expect(await lab.open("/grpc.health.v1.Health/Check").next(1)).toEqual(["12 unknown service grpc.health.v1.Health"]);
    expect(plane.calls).toEqual([]);
  });
});

describe("messages", () => {
  test("of Envoy have 4 MiB at most", async () => {
    await using plane = await startScriptedPlane((call) =>
      call.on("data", (data: Buffer) => call.write(response(data.length - 4 * MIB + 10))),
    );
    await using lab = await startXdsProxy(plane.port);
    const fits = lab.open();
    fits.call.write(request(4 * MIB));
    await fits.next(1);
    const over = lab.open();
    over.call.write(request(4 * MIB + 221));
    expect(await over.next(1)).toEqual(["8 grpc: received message larger than max (4194525 vs. 4194304)"]);
    expect(lab.counts.envoyTerminations.error).toBe(1);
    expect(lab.logged.filter((line) => line.startsWith("warn"))).toEqual([
      "warn Ended an xDS stream of Envoy: another one has taken its place",
      "warn Ended an xDS stream of Envoy: RESOURCE_EXHAUSTED: grpc: received message larger than max (4194525 vs. 4194304) (the limit of requests of Envoy: ISTIO_GPRC_MAXRECVMSGSIZE)",
    ]);
  });

  test("of the control plane pass byte for byte, 24 MiB too, and before the status that follows", async () => {
    const large = response(24 * MIB);
    crypto.getRandomValues(large.subarray(100, 60_000));
    await using plane = await startScriptedPlane((call) => {
      call.write(large);
      call.write(response(1));
      call.emit("error", { code: 9, details: "the end" });
    });
    await using lab = await startXdsProxy(plane.port);
    const client = lab.open();
    expect((await client.next(3)).slice(1)).toEqual([`${response(1).length} bytes`, "9 the end"]);
    expect(client.messages[0]?.equals(large)).toBe(true);
  });
});

test("a client that does not read pauses the control plane, and its requests still pass", async () => {
  const written: number[] = [];
  const requests: number[] = [];
  await using plane = await startScriptedPlane((call) => {
    call.on("data", (data: Buffer) => requests.push(data.length));
    const message = response(MIB);
    const write = (count: number) => {
      if (count < 200) call.write(message, () => written.push(count) && write(count + 1));
    };
    write(0);
  });
  await using lab = await startXdsProxy(plane.port);
  const client = lab.open();
  client.call.pause();
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  /** Whether nothing more is sent while requests pass. */
  const isSettled = async () => {
    const count = written.length;
    for (let trips = 0; trips < 20; trips++) {
      const seen = requests.length;
      client.call.write(request());
      await eventually(() => (requests.length > seen ? true : undefined));
    }
    return count > 0 && written.length === count ? count : undefined;
  };
  const paused = await eventually(isSettled);
  expect(paused).toBeLessThan(40);
  // Three processes' worth of buffers are in this one: the client, the proxy and the control plane. What nobody has any more does not count.
  Bun.gc(true);
  expect(process.memoryUsage.rss() - before).toBeLessThan(150 * MIB);
  client.call.resume();
  await client.next(200);
  expect(client.messages.every((message) => message.equals(response(MIB)))).toBe(true);
}, 180_000);

test("a control plane that does not read pauses Envoy when much is queued, and its responses still pass", async () => {
  await using plane = await startScriptedPlane((call) => {
    call.pause();
    setImmediate(() => call.write(response(1)));
  });
  await using lab = await startXdsProxy(plane.port);
  const client = lab.open();
  let sent = 0;
  const message = request(160 * 1024);
  for (let index = 0; index < 400; index++) client.call.write(message, () => sent++);
  await client.next(1);
  await eventually(() => (lab.counts.xdsRequests > 100 ? true : undefined));
  const [upstream] = plane.calls;
  // Everything that is queued is 16 MiB, and what the transports hold.
  const isSettled = async () => {
    const count = lab.counts.xdsRequests;
    for (let trips = 0; trips < 20; trips++) {
      upstream?.write(response(1));
      await client.next(client.got.length + 1);
    }
    return lab.counts.xdsRequests === count ? count : undefined;
  };
  expect(await eventually(isSettled)).toBeLessThan(200);
  const received: number[] = [];
  upstream?.on("data", (data: Buffer) => received.push(data.length));
  upstream?.resume();
  await eventually(() => (received.length === 400 ? true : undefined));
  expect(new Set(received)).toEqual(new Set([160 * 1024]));
}, 180_000);
