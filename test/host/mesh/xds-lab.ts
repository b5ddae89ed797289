import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { connectGrpc, type DialOptions } from "../../../src/host/mesh/grpc-connection.ts";
import { serveGrpc } from "../../../src/host/mesh/grpc-server.ts";
import { listenOnSocket } from "../../../src/host/mesh/listen-on-socket.ts";
import { messageMemory } from "../../../src/host/mesh/message-memory.ts";
import { openXdsProxy } from "../../../src/host/mesh/xds-proxy.ts";
import { type MeshCounts, startCounts } from "../../../src/mesh/counts.ts";
import { xdsReport } from "../../../src/mesh/xds-report.ts";
import { PLAIN_XDS_PLAN } from "../../support/plain-xds-plan.ts";

const METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const RAW = (data: Buffer) => data;
const LIMIT = 4 * 1024 ** 2;
const UNLIMITED = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** The agent's xDS socket and what is behind it, for clients of a foreign library. */
export interface XdsLab extends AsyncDisposable {
  readonly counts: MeshCounts;
  readonly logged: readonly string[];
  /** Opens a stream of a client with a connection of its own. */
  readonly open: (method?: string) => XdsClient;
  /** Ends the proxy, as the end of the agent does. */
  readonly stop: () => void;
}

/** A stream of a client: what it received, as sizes of messages and the status of the end. */
export interface XdsClient {
  readonly call: grpc.ClientDuplexStream<Buffer, Buffer>;
  readonly got: readonly string[];
  readonly messages: readonly Buffer[];
  /** Resolves when as many messages or statuses were received. */
  readonly next: (count: number) => Promise<readonly string[]>;
}

/** Starts a proxy in front of a control plane, in plain text. Several may share the memory of messages. */
export async function startXdsProxy(port: number, options: DialOptions = {}, memory = messageMemory()): Promise<XdsLab> {
  const directory = mkdtempSync(join(tmpdir(), "attache-xds-"));
  const path = join(directory, "XDS");
  const listening = listenOnSocket(path);
  if (listening.kind === "failed") throw new Error(listening.problem);
  const keepalive = { interval: 30_000, timeout: 10_000 };
  const counts = startCounts();
  const logged: string[] = [];
  const log = (level: string, text: string) => void logged.push(`${level} ${text}`);
  const proxy = openXdsProxy({
    plan: PLAIN_XDS_PLAN,
    connect: () => connectGrpc({ host: "127.0.0.1", port, keepalive }, log, { newPiece: memory.newPiece, ...options }),
    token: { read: async () => "token", close() {} },
    counts,
    report: xdsReport(`127.0.0.1:${port}`, log),
    setBundle() {},
    nameTable() {},
    forwarded() {},
    delivered: memory.release,
  });
  const server = serveGrpc(listening.descriptor, { maxMessage: LIMIT, maxStreams: 100, descriptors: 2, keepalive }, proxy.accept);
  const clients: grpc.Client[] = [];
  let isStopped = false;
  const stop = () => {
    if (isStopped) return;
    isStopped = true;
    server.close();
    proxy.close();
  };
  return {
    counts,
    logged,
    stop,
    open(method = METHOD) {
      const client = new grpc.Client(`unix:${path}`, grpc.credentials.createInsecure(), {
        ...UNLIMITED,
        "grpc.use_local_subchannel_pool": 1,
      });
      clients.push(client);
      return clientOf(client.makeBidiStreamRequest(method, RAW, RAW));
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function clientOf(call: grpc.ClientDuplexStream<Buffer, Buffer>): XdsClient {
  const got: string[] = [];
  const messages: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const add = (text: string) => {
    got.push(text);
    for (const wake of waiting.splice(0)) wake();
  };
  call.on("data", (data: Buffer) => {
    messages.push(data);
    add(`${data.length} bytes`);
  });
  call.on("error", () => {});
  call.on("status", ({ code, details }: grpc.StatusObject) => add(`${code} ${details}`));
  return {
    call,
    got,
    messages,
    async next(count) {
      while (got.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return got;
    },
  };
}

/** A control plane of a foreign library that does what the test says. */
export interface ScriptedPlane extends AsyncDisposable {
  readonly port: number;
  readonly calls: readonly grpc.ServerDuplexStream<Buffer, Buffer>[];
}

/** Starts a control plane. `served` is called with each stream. */
export async function startScriptedPlane(served: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => void): Promise<ScriptedPlane> {
  const calls: grpc.ServerDuplexStream<Buffer, Buffer>[] = [];
  const server = new grpc.Server(UNLIMITED);
  const delta = {
    path: METHOD,
    requestStream: true,
    responseStream: true,
    requestSerialize: RAW,
    requestDeserialize: RAW,
    responseSerialize: RAW,
    responseDeserialize: RAW,
  } as const;
  server.addService(
    { delta },
    {
      delta(call: grpc.ServerDuplexStream<Buffer, Buffer>) {
        calls.push(call);
        call.on("error", () => {});
        served(call);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    port,
    calls,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}
