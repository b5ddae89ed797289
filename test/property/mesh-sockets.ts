import { expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import fc from "fast-check";
import type { Accept } from "../../src/host/mesh/grpc.ts";
import { connectGrpc } from "../../src/host/mesh/grpc-connection.ts";
import { serveGrpc } from "../../src/host/mesh/grpc-server.ts";
import { listenOnSocket } from "../../src/host/mesh/listen-on-socket.ts";
import { messageMemory } from "../../src/host/mesh/message-memory.ts";
import { acceptSds, SDS_RULES } from "../../src/host/mesh/sds-server.ts";
import { openXdsProxy } from "../../src/host/mesh/xds-proxy.ts";
import { startCounts } from "../../src/mesh/counts.ts";
import { DISCOVERY_REQUEST, DISCOVERY_RESPONSE, NODE } from "../../src/mesh/discovery.ts";
import type { GrpcStatus } from "../../src/mesh/grpc-status.ts";
import { join as joinPieces } from "../../src/mesh/pieces.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import { xdsReport } from "../../src/mesh/xds-report.ts";
import { XDS_TYPE } from "../../src/mesh/xds-types.ts";
import { fakeStore } from "../host/mesh/fake-call.ts";
import {
  data,
  goAway,
  grpcMessage,
  headers,
  PREFACE,
  RESPONSE_FIELDS,
  requestFields,
  reset,
  SETTINGS,
  SETTINGS_ACK,
} from "../support/http2-raw.ts";
import { PLAIN_XDS_PLAN } from "../support/plain-xds-plan.ts";
import { startRawUpstream } from "../support/raw-upstream.ts";
import { SEED } from "./hostile-text.ts";
import { mutated } from "./mutated.ts";

const SDS = "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets";
const XDS = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
const KEEPALIVE = { interval: 30_000, timeout: 10_000 };
const TOKEN = "the-token-of-the-test";
/** Connections at a time. */
const BATCH = 20;
/** Far more than is needed: what grows with each input would exceed it. */
const GROWTH = 200 * 1024 ** 2;

const node = encode(NODE, { id: "sidecar~10.0.0.1~a.b~c" });
const request = (typeUrl: string, responseNonce = "") =>
  grpcMessage(joinPieces(encode(DISCOVERY_REQUEST, { node, resourceNames: ["default"], typeUrl, responseNonce })));
const requestsOn = (path: string) => [
  Buffer.concat([
    PREFACE,
    SETTINGS,
    headers(1, requestFields(path)),
    data(1, request(XDS_TYPE.listener)),
    data(1, request(XDS_TYPE.listener, "n")),
  ]),
  Buffer.concat([PREFACE, SETTINGS, headers(1, requestFields(path)), data(1, request(""), { size: 7, endStream: true }), SETTINGS_ACK]),
  Buffer.concat([
    PREFACE,
    SETTINGS,
    headers(1, requestFields(path)),
    headers(3, requestFields(path)),
    data(3, request("")),
    reset(1, 8),
    goAway(0, 0),
  ]),
];

const response = (typeUrl: string) =>
  grpcMessage(joinPieces(encode(DISCOVERY_RESPONSE, { versionInfo: "1", resources: [[Buffer.from("x")]], typeUrl, nonce: "n" })));
const HEAD = headers(1, RESPONSE_FIELDS);
const END = headers(
  1,
  [
    ["grpc-status", "7"],
    ["grpc-message", "no %41"],
  ],
  { endStream: true },
);
const ANSWERS = [
  Buffer.concat([HEAD, data(1, response(XDS_TYPE.cluster)), data(1, response(XDS_TYPE.extensionConfig)), END]),
  Buffer.concat([HEAD, data(1, response(XDS_TYPE.proxyConfig), { size: 5 }), SETTINGS, goAway(1, 0), END]),
  Buffer.concat([SETTINGS_ACK, HEAD, data(1, response(XDS_TYPE.nameTable)), reset(1, 2)]),
];
const GOOD = Buffer.concat([HEAD, data(1, response(XDS_TYPE.cluster)), headers(1, [["grpc-status", "0"]], { endStream: true })]);

/** Generated inputs, in batches; the same in each run. */
function* batches(seeds: readonly Uint8Array[], runs: number): Generator<readonly Uint8Array[]> {
  const inputs = fc.sample(mutated(seeds), { seed: SEED, numRuns: runs });
  for (let at = 0; at < inputs.length; at += BATCH) yield inputs.slice(at, at + BATCH);
}

/** Does something, and checks that memory has not grown with it. */
async function bounded(action: () => Promise<void>): Promise<void> {
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  await action();
  Bun.gc(true);
  expect(process.memoryUsage.rss() - before).toBeLessThan(GROWTH);
}

function checkLog(log: readonly string[]): void {
  expect(log.filter((line) => line.length > 5_000 || line.includes("\n") || line.includes(TOKEN))).toEqual([]);
}

/** Serves on a socket in a directory of its own. */
async function serve(accept: Accept): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = mkdtempSync(join(tmpdir(), "attache-fuzz-"));
  const path = join(directory, "socket");
  const listening = listenOnSocket(path);
  if (listening.kind === "failed") throw new Error(listening.problem);
  const server = serveGrpc(listening.descriptor, { ...SDS_RULES, keepalive: KEEPALIVE }, accept);
  return {
    path,
    async [Symbol.asyncDispose]() {
      server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Connects and sends bytes; resolves when something has come back. */
function sendTo(path: string, bytes: Uint8Array): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write(bytes));
    socket.on("error", () => {});
    // The agent answers with its settings, or closes the connection.
    socket.once("data", () => resolve(socket));
    socket.once("close", () => resolve(socket));
    socket.setTimeout(1_000, () => resolve(socket));
  });
}

function openStream(client: Client, path: string): ClientDuplexStream<Buffer, Buffer> {
  const same = (bytes: Buffer) => bytes;
  const call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(path, same, same);
  call.on("error", () => {});
  return call;
}

const messageOf = (framed: Buffer) => framed.subarray(5);

/** Resolves with whether a message comes before the end. */
function nextData(call: ClientDuplexStream<Buffer, Buffer>): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (isData: boolean) => {
      call.off("data", received);
      call.off("status", ended);
      resolve(isData);
    };
    const received = () => done(true);
    const ended = () => done(false);
    call.on("data", received);
    call.on("status", ended);
  });
}

/** Sends mutated connections to the SDS socket while a stream of another client is open, which goes on. */
export async function fuzzSds(runs: number): Promise<void> {
  const log: string[] = [];
  const store = fakeStore();
  await using served = await serve(acceptSds({ store, log: (_, text) => log.push(text), plan: {} }));
  const client = new Client(`unix:${served.path}`, credentials.createInsecure());
  const call = openStream(client, SDS);
  call.write(messageOf(request("")));
  expect(await nextData(call)).toBe(true);
  await bounded(async () => {
    for (const batch of batches(requestsOn(SDS), runs)) {
      const sockets = await Promise.all(batch.map((bytes) => sendTo(served.path, bytes)));
      const next = nextData(call);
      store.change("default");
      expect(await next).toBe(true);
      for (const socket of sockets) socket.destroy();
    }
  });
  checkLog(log);
  client.close();
}

/** Sends mutated connections to the xDS socket, whose control plane sends mutated answers; a good one is passed on all the same. */
export async function fuzzXds(runs: number): Promise<void> {
  const log: string[] = [];
  let answers: readonly Uint8Array[] = [GOOD];
  let count = 0;
  const upstream = await startRawUpstream((socket) => void socket.write(answers[count++ % answers.length] ?? GOOD));
  const memory = messageMemory();
  const proxy = openXdsProxy({
    plan: { ...PLAIN_XDS_PLAN, subscribes: { nameTable: true, proxyConfig: true } },
    connect: () =>
      connectGrpc({ host: "127.0.0.1", port: upstream.port, keepalive: KEEPALIVE }, (_, text) => log.push(text), {
        newPiece: memory.newPiece,
      }),
    token: { read: async () => TOKEN, close() {} },
    counts: startCounts(),
    report: xdsReport("127.0.0.1", (_, text) => log.push(text)),
    setBundle() {},
    nameTable() {},
    forwarded() {},
    delivered: memory.release,
  });
  await using served = await serve(proxy.accept);
  const client = new Client(`unix:${served.path}`, credentials.createInsecure());
  const inputs = batches([...requestsOn(XDS), ...requestsOn(XDS)], runs);
  await bounded(async () => {
    for (const batch of batches(ANSWERS, runs)) {
      answers = batch;
      const requests = inputs.next().value ?? [];
      // Each other stream is a good one.
      const [good] = requestsOn(XDS);
      const sockets = await Promise.all(
        batch.map((_, index) => sendTo(served.path, (index % 2 === 0 ? requests[index] : good) ?? PREFACE)),
      );
      answers = [GOOD];
      const call = openStream(client, XDS);
      call.write(messageOf(request(XDS_TYPE.cluster)));
      expect(await nextData(call)).toBe(true);
      for (const socket of sockets) socket.destroy();
    }
  });
  checkLog(log);
  client.close();
  proxy.close();
  upstream.close();
}

/** Makes calls to a server that sends mutated answers and then ends the connection: each call ends, once. */
export async function fuzzUpstream(runs: number): Promise<void> {
  const log: string[] = [];
  let answers: Uint8Array[] = [];
  const upstream = await startRawUpstream((socket) => void socket.end(answers.pop() ?? GOOD));
  const endpoint = { host: "127.0.0.1", port: upstream.port, keepalive: KEEPALIVE };
  await bounded(async () => {
    for (const batch of batches(ANSWERS, runs)) {
      answers = [...batch];
      const ends = batch.map(async () => {
        const connection = connectGrpc(endpoint, (_, text) => log.push(text), { limit: 30_000 });
        const ended: GrpcStatus[] = [];
        const { promise, resolve } = Promise.withResolvers<void>();
        const call = connection.open(XDS, [["authorization", `Bearer ${TOKEN}`]], {
          message() {},
          ended(status) {
            ended.push(status);
            resolve();
          },
        });
        call.send([Buffer.from("x")]);
        await promise;
        call.cancel();
        connection.close();
        return ended;
      });
      const statuses = (await Promise.all(ends)).map((ended) => ended.length);
      expect(statuses).toEqual(batch.map(() => 1));
    }
  });
  checkLog(log);
  upstream.close();
}
