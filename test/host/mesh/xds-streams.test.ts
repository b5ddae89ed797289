import { afterEach, describe, expect, jest, test } from "bun:test";
import type { CallHandler } from "../../../src/host/mesh/grpc.ts";
import { DISCOVERY_REQUEST, DISCOVERY_RESPONSE } from "../../../src/mesh/discovery.ts";
import type { GrpcStatus } from "../../../src/mesh/grpc-status.ts";
import { sizeOf } from "../../../src/mesh/pieces.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { openWaits } from "../../../src/mesh/silence.ts";
import { ANY } from "../../../src/mesh/well-known.ts";
import { xdsReport } from "../../../src/mesh/xds-report.ts";
import { XDS_TYPE } from "../../../src/mesh/xds-types.ts";
import { settled } from "./fake-call.ts";
import { openProxy, openStream } from "./open-proxy.ts";

afterEach(() => void jest.useRealTimers());

describe("a second stream", () => {
  test("of the same process ends the first, whatever its connection", async () => {
    const { proxy, plane, counts, logged } = openProxy();
    const first = openStream(proxy, 10);
    await settled();
    const second = openStream(proxy, 10);
    await settled();
    expect([first.sent, second.sent, plane.closed]).toEqual([["0 "], [], 1]);
    // As pilot-agent counts them: the end of one side is followed by that of the other.
    expect([counts.envoyTerminations, counts.istiodTerminations]).toEqual([
      { cancelled: 1, error: 0 },
      { cancelled: 1, error: 0 },
    ]);
    second.handler.halfClosed?.();
    const third = openStream(proxy, 10);
    await settled();
    expect([second.sent, third.sent]).toEqual([["0 "], []]);
    expect(logged).toEqual(["warn Ended an xDS stream of Envoy: another one has taken its place"]);
  });

  test("of another process leaves the first one open, as both Envoys of a hot restart need theirs", async () => {
    const { proxy, plane } = openProxy();
    const [first, second] = [openStream(proxy, 10), openStream(proxy, 11)];
    await settled();
    const response = encode(DISCOVERY_RESPONSE, { typeUrl: XDS_TYPE.cluster });
    for (const handler of plane.handlers) await handler.message(response);
    expect([first.sent, second.sent]).toEqual([[response], [response]]);
    second.handler.ended({ code: 1, message: "" });
    await settled();
    expect(plane.closed).toBe(1);
    expect(first.sent).toHaveLength(1);
  });

  test("of a process that the kernel does not know ends another one of such", () => {
    const { proxy } = openProxy();
    const [first, second, third] = [openStream(proxy, undefined), openStream(proxy, 1), openStream(proxy, undefined)];
    expect([first.sent, second.sent, third.sent]).toEqual([["0 "], [], []]);
  });
});

describe("a stream that ends is counted for both sides, as pilot-agent does", () => {
  test.each<[name: string, end: (plane: CallHandler, envoy: CallHandler) => void, envoy: object, istiod: object]>([
    ["Envoy cancels it", (_, envoy) => envoy.ended({ code: 1, message: "" }), { cancelled: 1, error: 0 }, { cancelled: 1, error: 0 }],
    ["Envoy ends its side", (_, envoy) => envoy.halfClosed?.(), { cancelled: 1, error: 0 }, { cancelled: 1, error: 0 }],
    ["the control plane fails", (plane) => plane.ended({ code: 13, message: "x" }), { cancelled: 1, error: 0 }, { cancelled: 0, error: 1 }],
    ["the control plane ends it", (plane) => plane.ended({ code: 0, message: "" }), { cancelled: 1, error: 0 }, { cancelled: 1, error: 0 }],
  ])("%s", async (_, end, envoy, istiod) => {
    const { proxy, plane, counts } = openProxy();
    const { handler } = openStream(proxy, 1);
    await settled();
    for (const each of plane.handlers) end(each, handler);
    await settled();
    expect([counts.envoyTerminations, counts.istiodTerminations]).toEqual([envoy, istiod] as never);
  });
});

describe("an end before the first response", () => {
  const refused = 'connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:15012: connect: connection refused"';

  test.each<[name: string, status: GrpcStatus, failures: number]>([
    ["of the connection", { code: 14, message: "error reading from server: EOF" }, 0],
    ["with OK", { code: 0, message: "" }, 0],
    ["with CANCELLED", { code: 1, message: "context canceled" }, 0],
    ["with DEADLINE_EXCEEDED", { code: 4, message: "too late" }, 0],
    ["of a connection that is refused", { code: 14, message: refused }, 1],
    ["with PERMISSION_DENIED", { code: 7, message: "no" }, 1],
  ])("%s is a failed connection only if it was not to be expected", async (_, status, failures) => {
    const { proxy, plane, counts } = openProxy();
    openStream(proxy, 1);
    await settled();
    plane.handlers[0]?.ended(status);
    expect([counts.istiodConnectionFailures, counts.istiodTerminations]).toEqual([failures, { cancelled: 1 - failures, error: failures }]);
  });
});

test("a stream that has ended waits for no answer", async () => {
  let now = 0;
  const report = xdsReport(
    "istiod:15012",
    () => {},
    openWaits(() => now),
  );
  const { proxy } = openProxy({ report });
  const { handler } = openStream(proxy, 1);
  await settled();
  now = 5_000;
  expect(report.reason()).toBe('control plane "istiod:15012" has accepted the connection, but has not answered for more than 5 s');
  handler.ended({ code: 1, message: "" });
  expect(report.reason()).toBeUndefined();
});

test("a connection is one again only when it has lasted, not one that ends before", async () => {
  jest.useFakeTimers();
  const { proxy, plane, logged } = openProxy();
  /** Opens a stream that receives a response. */
  const connect = async (peer: number) => {
    openStream(proxy, peer);
    await settled();
    const handler = plane.handlers.at(-1);
    handler?.message(encode(DISCOVERY_RESPONSE, { typeUrl: XDS_TYPE.cluster }));
    return handler;
  };
  const lost = { code: 14, message: "error reading from server: EOF" };
  (await connect(1))?.ended(lost);
  (await connect(2))?.ended(lost);
  jest.advanceTimersByTime(5_000);
  logged.push("later");
  await connect(3);
  jest.advanceTimersByTime(4_999);
  expect(logged.at(-1)).toBe("later");
  jest.advanceTimersByTime(1);
  expect(logged.slice(1)).toEqual([
    'info Lost the connection to the control plane "istiod:15012", Envoy connects again: UNAVAILABLE: error reading from server: EOF',
    "later",
    'info Connected to the control plane "istiod:15012" again (state of the world)',
  ]);
});

test("only requests that were sent and responses that can be read are counted", async () => {
  const { proxy, plane, counts } = openProxy();
  const { handler } = openStream(proxy, 1);
  handler.message(encode(DISCOVERY_REQUEST, { typeUrl: XDS_TYPE.cluster }));
  expect(counts.xdsRequests).toBe(0);
  await settled();
  expect(counts.xdsRequests).toBe(1);
  plane.handlers[0]?.message([Buffer.of(0xff)]);
  expect(counts.xdsResponses).toBe(0);
});

test("the bytes of each forwarded request are reported, as they are garbage then", async () => {
  const sizes: number[] = [];
  const { proxy } = openProxy({ forwarded: (bytes) => sizes.push(bytes) });
  const { handler } = openStream(proxy, 1);
  const request = encode(DISCOVERY_REQUEST, { typeUrl: XDS_TYPE.cluster });
  handler.message(request);
  expect(sizes).toEqual([sizeOf(request)]);
});

describe("a stream to the control plane", () => {
  test("has the token as it is then, and the headers of the plan", async () => {
    const tokens = ["one", undefined];
    const { proxy, plane } = openProxy({ token: { read: async () => tokens.shift(), close() {} } });
    openStream(proxy, 1);
    openStream(proxy, 2);
    await settled();
    expect(plane.headers).toEqual([
      [
        ["authorization", "Bearer one"],
        ["clusterid", "one"],
      ],
      [["clusterid", "one"]],
    ]);
  });

  test("is not opened without the token of a metadata server", async () => {
    const read = () => Promise.reject(new Error("no answer"));
    const { proxy, plane, counts } = openProxy({ token: { read, close() {} } });
    const { handler, sent } = openStream(proxy, 1);
    handler.message(encode(DISCOVERY_REQUEST, { typeUrl: XDS_TYPE.cluster }));
    await settled();
    expect([sent, plane.handlers.length, plane.closed]).toEqual([["16 transport: per-RPC creds failed due to error: no answer"], 0, 1]);
    expect(counts.istiodTerminations.error).toBe(1);
  });

  test("that is refused for its token says what may be wrong with it", async () => {
    const { proxy, plane, logged } = openProxy({ token: { read: async () => undefined, close() {} } });
    const { sent } = openStream(proxy, 1);
    await settled();
    plane.handlers[0]?.ended({ code: 16, message: "authentication failure" });
    expect(sent).toEqual(["16 authentication failure"]);
    expect(logged).toEqual([
      'warn Cannot connect to the control plane "istiod:15012", Envoy tries again: UNAUTHENTICATED: authentication failure (without token: "token" cannot be used)',
    ]);
  });

  test("repeats no secret that the control plane sends back, to Envoy or in the log", async () => {
    const token = "an-opaque-token";
    const { proxy, plane, logged } = openProxy({ token: { read: async () => token, close() {} } });
    const { sent } = openStream(proxy, 1);
    await settled();
    plane.handlers[0]?.ended({ code: 7, message: `no ${token}` });
    expect(sent).toEqual(["7 no ***"]);
    expect(logged).toEqual(['warn Cannot connect to the control plane "istiod:15012", Envoy tries again: PERMISSION_DENIED: no ***']);
  });

  test("brings trust bundles and the table of names to the agent", async () => {
    const { proxy, plane, bundles, tables, counts } = openProxy();
    const { handler } = openStream(proxy, 1);
    handler.message(encode(DISCOVERY_REQUEST, { typeUrl: XDS_TYPE.listener }));
    await settled();
    const pem = encode({ pem: { number: 34, kind: "string", repeated: true } }, { pem: ["root"] });
    for (const [typeUrl, value] of [
      [XDS_TYPE.proxyConfig, pem],
      [XDS_TYPE.nameTable, []],
    ] as const)
      plane.handlers[0]?.message(encode(DISCOVERY_RESPONSE, { typeUrl, nonce: "n", resources: [encode(ANY, { typeUrl, value })] }));
    expect([bundles, tables()]).toEqual([[["root"]], 1]);
    // Listeners, two subscriptions, two ACKs.
    expect([counts.xdsRequests, counts.xdsResponses]).toEqual([5, 2]);
  });
});

describe("a large table of names", () => {
  const typeUrl = XDS_TYPE.nameTable;
  const tableOf = (value: Uint8Array) =>
    encode(DISCOVERY_RESPONSE, { typeUrl, nonce: "n", resources: [encode(ANY, { typeUrl, value: [value] })] });
  const entries = Buffer.alloc(2 ** 20, Buffer.of(0x0a, 0));

  test.each([
    ["accepted", entries, 1],
    ["rejected", Buffer.concat([entries, Buffer.of(0x0a)]), 0],
  ])("is %s after some turns of the event loop, for which the next response waits", async (verdict, value, count) => {
    const { proxy, plane, tables, logged } = openProxy();
    openStream(proxy, 1);
    await settled();
    const pending = plane.handlers[0]?.message(tableOf(value));
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    expect([tables(), logged.length, pending instanceof Promise]).toEqual([0, 1, true]);
    await pending;
    clearInterval(turning);
    expect(turns).toBeGreaterThan(0);
    expect(tables()).toBe(count);
    expect(logged.join()).toInclude(verdict === "rejected" ? "cannot parse invalid wire-format data" : "");
  });

  test("is not checked to its end once the stream is over", async () => {
    const { proxy, plane, tables, logged } = openProxy();
    const { handler } = openStream(proxy, 1);
    await settled();
    const pending = plane.handlers[0]?.message(tableOf(entries));
    handler.ended({ code: 1, message: "" });
    const before = [...logged];
    await pending;
    expect([tables(), logged]).toEqual([0, before]);
  });
});

test("a report about the workload goes to each stream that has requested listeners, and to later ones", async () => {
  const { proxy, counts } = openProxy();
  const listeners = encode(DISCOVERY_REQUEST, { typeUrl: XDS_TYPE.listener });
  const [first, second] = [openStream(proxy, 1), openStream(proxy, 2)];
  first.handler.message(listeners);
  await settled();
  const before = counts.xdsRequests;
  proxy.setHealth({ problem: "broken" });
  expect(counts.xdsRequests - before).toBe(1);
  second.handler.message(listeners);
  // Listeners, two subscriptions, the report.
  expect(counts.xdsRequests - before).toBe(5);
  openStream(proxy, 3).handler.message(listeners);
  await settled();
  expect(counts.xdsRequests - before).toBe(9);
  proxy.setHealth({});
  expect(counts.xdsRequests - before).toBe(12);
  first.handler.ended({ code: 1, message: "" });
  proxy.setHealth({ problem: "broken" });
  expect(counts.xdsRequests - before).toBe(14);
});
