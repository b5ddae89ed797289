// What attache itself does for a push and its answer, without sockets and TLS: HTTP/2, gRPC and the xDS proxy, at the pace of pushes.
// argv: the JIT policy (1: all compilers of the runtime; 1000: that of the executable). Prints the median time of a push in milliseconds.
import { openTransport, type Transport } from "../../src/host/http/http2/transport.ts";
import { openCall } from "../../src/host/mesh/client-call.ts";
import { openCollectedMessages } from "../../src/host/mesh/collected-messages.ts";
import { sendMessage } from "../../src/host/mesh/send-messages.ts";
import { serveCall } from "../../src/host/mesh/server-call.ts";
import { openXdsProxy } from "../../src/host/mesh/xds-proxy.ts";
import { type Http2Connection, openHttp2 } from "../../src/http/http2/connection.ts";
import type { Http2Events, Http2Stream, StreamEvents } from "../../src/http/http2/state.ts";
import { startCounts } from "../../src/mesh/counts.ts";
import { DELTA_DISCOVERY_REQUEST, DELTA_DISCOVERY_RESPONSE } from "../../src/mesh/discovery.ts";
import { messageBudget } from "../../src/mesh/message-budget.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import { xdsReport } from "../../src/mesh/xds-report.ts";
import { PLAIN_XDS_PLAN } from "../support/plain-xds-plan.ts";
import { ANSWER_AFTER, NEXT_AFTER, SIZE } from "./pushes.ts";

Bun.unsafe.setJITPolicy(Number(process.argv[2] ?? 1_000));

/** Messages until what is compiled is compiled, without pauses; and those that are measured. */
const [WARM_UP, MEASURED] = [200, 60];
/** As much as the runtime usually receives at once. */
const CHUNK = 458_752;
const METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const ROUTES = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";

function nothing(): void {}

const UNHEARD: StreamEvents = { headers: nothing, data: nothing, end: nothing, reset: nothing };
const EVENTS = {
  ready: nothing,
  goAway: nothing,
  failed(error: Error): never {
    throw error;
  },
};

/** Bytes that attache has written to each of the peers. */
const written: { readonly [side in "plane" | "envoy"]: Uint8Array[] } = { plane: [], envoy: [] };

function transportTo(side: keyof typeof written, role: "client" | "server", window: number, events: Partial<Http2Events>): Transport {
  const socket = {
    write(bytes: Uint8Array, start: number, length: number) {
      // What is large is a message, and the peer has room for thousands.
      if (length < 4_096) written[side].push(bytes.slice(start, start + length));
      return length;
    },
    end: nothing,
    terminate: nothing,
  };
  const transport = openTransport(socket, { role, window, maxStreams: 10 }, { ...EVENTS, ...events });
  transport.flush();
  return transport;
}

function peer(role: "client" | "server", window: number, request?: Http2Events["request"]): Http2Connection {
  const options = { role, window, maxStreams: 10, now: () => performance.now() };
  return openHttp2(options, { ...EVENTS, output: nothing, ...(request && { request }) });
}

let upstream: Http2Stream | undefined;
const plane = peer("server", 65_535, (stream) => {
  upstream = stream;
  stream.headers(
    [
      [":status", "200"],
      ["content-type", "application/grpc"],
    ],
    false,
  );
  return UNHEARD;
});
const envoy = peer("client", 2 ** 30);
const messages = openCollectedMessages();
const counts = startCounts();
const client = transportTo("plane", "client", 1024 ** 2, {});
const dial = {
  ready: Promise.resolve(client.connection),
  lost: new Promise<never>(nothing),
  isLeaving: () => false,
  wasReady: () => true,
  close: nothing,
};
const proxy = openXdsProxy({
  plan: PLAIN_XDS_PLAN,
  connect: () => ({
    open(method, _, handler) {
      const headers = [
        [":method", "POST"],
        [":scheme", "https"],
        [":path", method],
        [":authority", "istiod"],
      ] as const;
      return openCall({ dial, headers, handler, maxMessage: 2 ** 31 - 1, newPiece: messages.newPiece }, nothing);
    },
    isUsable: () => true,
    wasReady: () => true,
    close: nothing,
  }),
  token: { read: () => Promise.resolve(undefined), close: nothing },
  counts,
  report: xdsReport("istiod:15012", nothing),
  setBundle: nothing,
  nameTable: nothing,
  ...messages.ended,
});
const context = { peer: undefined, maxMessage: 4 * 1024 ** 2, budget: messageBudget(2 ** 26), accept: proxy.accept };
const server = transportTo("envoy", "server", 65_535, { request: (stream, fields) => serveCall(stream, fields, context) });

const area = new Uint8Array(CHUNK);
/** Milliseconds that attache has taken since the last message. */
let taken = 0;

async function timed(act: () => void): Promise<void> {
  const start = performance.now();
  act();
  await new Promise<void>((resolve) => void setImmediate(resolve));
  taken += performance.now() - start;
}

/** Passes what both sides have for each other until neither has anything. */
async function exchange(from: Http2Connection, to: Transport, side: keyof typeof written): Promise<void> {
  for (;;) {
    for (const bytes of written[side].splice(0)) from.receive(bytes);
    const size = from.fill(area);
    if (size === 0) return;
    const bytes = Buffer.from(area.slice(0, size).buffer);
    await timed(() => to.receive(bytes));
  }
}

const push = encode(DELTA_DISCOVERY_RESPONSE, { resources: [[new Uint8Array(SIZE)]], typeUrl: ROUTES, nonce: "1" });
const answer = encode(DELTA_DISCOVERY_REQUEST, { typeUrl: ROUTES, responseNonce: "1" });
const downstream = envoy.request(
  [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", METHOD],
    [":authority", "agent"],
    ["content-type", "application/grpc"],
  ],
  UNHEARD,
);

async function pushOnce(pace: number): Promise<number> {
  await Bun.sleep(NEXT_AFTER * pace);
  taken = 0;
  if (upstream !== undefined) void sendMessage(upstream, push);
  await exchange(plane, client, "plane");
  await Bun.sleep(ANSWER_AFTER * pace);
  if (downstream !== undefined) void sendMessage(downstream, answer);
  await exchange(envoy, server, "envoy");
  return taken;
}

// Each side opens, and the call goes through.
for (let turn = 0; turn < 4; turn++) {
  await exchange(envoy, server, "envoy");
  await exchange(plane, client, "plane");
}
for (let count = 0; count < WARM_UP; count++) await pushOnce(0);
const times: number[] = [];
for (let count = 0; count < MEASURED; count++) times.push(await pushOnce(1));
if (counts.xdsResponses !== WARM_UP + MEASURED || counts.xdsRequests !== counts.xdsResponses) throw new Error("messages are lost");
console.log((times.sort((a, b) => a - b)[MEASURED / 2] ?? Number.NaN).toFixed(2));
process.exit(0);
