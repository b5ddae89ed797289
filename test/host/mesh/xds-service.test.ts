import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import * as http2 from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import type { ServiceContext } from "../../../src/commands/service.ts";
import { listenOnSocket } from "../../../src/host/mesh/listen-on-socket.ts";
import { openXdsService } from "../../../src/host/services/xds-service.ts";
import { startCounts } from "../../../src/mesh/counts.ts";
import { DELTA_DISCOVERY_REQUEST, DELTA_DISCOVERY_RESPONSE, RESOURCE } from "../../../src/mesh/discovery.ts";
import type { XdsPlan } from "../../../src/mesh/mesh-plan.ts";
import { encode } from "../../../src/mesh/protobuf-writer.ts";
import { trustBundle } from "../../../src/mesh/trust-bundle.ts";
import { ANY } from "../../../src/mesh/well-known.ts";
import { XDS_TYPE } from "../../../src/mesh/xds-types.ts";
import type { ReadinessRules } from "../../../src/status/status-plan.ts";
import type { State } from "../../../src/supervisor/state.ts";
import { BLANK_AGENT } from "../../support/blank-plan.ts";
import { untilTrue } from "../../support/eventually.ts";
import { closing, freePort, later, stopAll } from "../status/status-port.ts";
import { startScriptedPlane } from "./xds-lab.ts";

afterEach(stopAll);

const STATE = { target: "/state", timeoutMilliseconds: 30_000 };
const READY = "listener_manager.workers_started: 1\nserver.state: 0\n";

/** What differs between tests. */
interface Opened {
  readonly port?: number;
  readonly withoutEnvoy?: boolean;
  readonly memoryLimit?: number;
  readonly plan?: Partial<XdsPlan>;
}

/** Opens the service with a probe every 5 ms of an application, and an Envoy whose admin interface says what the test wants. */
async function open(readiness: ReadinessRules, { port = freePort(), withoutEnvoy = false, memoryLimit = 2 ** 33, plan = {} }: Opened = {}) {
  const directory = mkdtempSync(join(tmpdir(), "attache-xds-service-"));
  closing.push(() => rmSync(directory, { recursive: true, force: true }));
  const listening = listenOnSocket(join(directory, "XDS"));
  if (listening.kind === "failed") throw new Error(listening.problem);
  const envoy = { isReady: true };
  const admin = later(
    Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => (envoy.isReady ? new Response(READY) : new Response("", { status: 503 })) }),
  );
  let probes = 0;
  const application = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: () => void probes++, data() {} } }));
  const keepalive = { interval: 30_000, timeout: 10_000 };
  const xds: XdsPlan = {
    socket: join(directory, "XDS"),
    endpoint: { host: "127.0.0.1", port, keepalive },
    headers: [],
    token: { kind: "mock" },
    subscribes: { nameTable: false, proxyConfig: false },
    checksExtensions: true,
    health: {
      initialDelay: 0,
      period: 5,
      thresholds: { success: 1, failure: 1 },
      probe: { kind: "tcp", host: "127.0.0.1", port: application.port, timeout: 30_000 },
    },
    maxRequest: 4_096,
    maxStreams: 10,
    keepalive,
    ...plan,
  };
  const logged: string[] = [];
  const mesh = { envoyNeeds: "resources", xds } as const;
  const context = {
    agent: {
      ...BLANK_AGENT,
      ...(withoutEnvoy && { withoutEnvoy }),
      admin: { host: "127.0.0.1", port: admin.port ?? 0 },
      services: { ...BLANK_AGENT.services, readiness, mesh },
    },
    sockets: { xds: listening },
    counts: startCounts(),
    memoryLimit,
    bundle: trustBundle(),
    log: (level: string, text: string) => logged.push(`${level} ${text.replace(" (readinessProbe in the ProxyConfig)", "")}`),
  };
  // The service reads nothing else of its context, and of a state the kind of its stage.
  const service = await openXdsService(context as unknown as ServiceContext);
  closing.push(service.interrupt);
  return {
    service,
    socket: xds.socket,
    envoy,
    logged,
    /** A hot restart is in progress, or not. */
    takingOver: (isTakingOver: boolean) =>
      service.seen?.({ stage: isTakingOver ? { older: { live: true }, newest: { live: false } } : { newest: { live: true } } } as State),
    probes: () => probes,
    /** Resolves after some more probes of the application. */
    async probed() {
      const before = probes;
      await untilTrue(() => probes > before + 3);
    },
  };
}

const PLAIN: ReadinessRules = { remembersState: false, files: [], nameTable: false };

test("without Envoy the control plane is not dialled ahead: nobody asks for its resources", async () => {
  for (const withoutEnvoy of [false, true]) {
    let dials = 0;
    const plane = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: () => void dials++, data() {} } }));
    const { probed } = await open(PLAIN, { port: plane.port, withoutEnvoy });
    await probed();
    expect(dials).toBe(withoutEnvoy ? 0 : 1);
  }
});

test("its end closes the connection that was dialled ahead, and stops the probes", async () => {
  let closed = 0;
  const plane = later(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { close: () => void closed++, data() {} } }));
  const { service, probes, probed } = await open(PLAIN, { port: plane.port });
  await probed();
  service.interrupt();
  // Unused, it would be kept for longer.
  await untilTrue(() => closed === 1, 5_000);
  const before = probes();
  await (await open(PLAIN)).probed();
  // One may have been on its way.
  expect(probes()).toBeLessThanOrEqual(before + 1);
});

/** Opens a stream of Envoy, and sends a first request of about this size. Returns it with its status. */
function openStream(socket: string, size = 1) {
  const client = new grpc.Client(`unix:${socket}`, grpc.credentials.createInsecure());
  closing.push(() => client.close());
  const same = (bytes: Buffer): Buffer => bytes;
  const call = client.makeBidiStreamRequest("/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources", same, same);
  call.on("error", () => {}).on("data", () => {});
  call.write(Buffer.concat(encode(DELTA_DISCOVERY_REQUEST, { typeUrl: "t".repeat(size) })));
  const status = new Promise<grpc.StatusObject>((resolve) => call.once("status", resolve));
  return status.then(({ code, details }) => [code, details]);
}

test("a message that the memory of the container could not hold ends its stream", async () => {
  await using plane = await startScriptedPlane((call) => call.on("data", () => call.write(Buffer.alloc(2_000))));
  const { socket } = await open(PLAIN, { port: plane.port, memoryLimit: 1_000 });
  expect(await openStream(socket)).toEqual([8, "grpc: received message larger than max (2000 vs. 1000)"]);
});

test("a request above the limit of the plan ends its stream", async () => {
  const { socket } = await open(PLAIN);
  const [, details] = await openStream(socket, 5_000);
  expect(details).toBe("grpc: received message larger than max (5003 vs. 4096)");
});

test("the socket allows the streams of the plan, and pings its clients", async () => {
  const { socket } = await open(PLAIN, { plan: { keepalive: { interval: 20, timeout: 30_000 } } });
  const session = http2.connect("http://localhost", { createConnection: () => connect(socket) });
  closing.push(() => session.destroy());
  await new Promise((resolve) => session.once("ping", resolve));
  expect(session.remoteSettings.maxConcurrentStreams).toBe(10);
});

test("the service knows whether it has received a table of names", async () => {
  const table = encode(DELTA_DISCOVERY_RESPONSE, {
    typeUrl: XDS_TYPE.nameTable,
    nonce: "n",
    resources: [encode(RESOURCE, { name: "n", resource: encode(ANY, { typeUrl: XDS_TYPE.nameTable }) })],
  });
  const answer = Promise.withResolvers<void>();
  await using plane = await startScriptedPlane((call) =>
    call.once("data", () => void answer.promise.then(() => call.write(Buffer.concat(table)))),
  );
  const { service, socket } = await open(PLAIN, { port: plane.port, plan: { subscribes: { nameTable: true, proxyConfig: false } } });
  void openStream(socket);
  await untilTrue(() => plane.calls.length === 1);
  expect(service.hasNameTable?.()).toBe(false);
  answer.resolve();
  await untilTrue(() => service.hasNameTable?.() === true);
});

test("without a CA, the control plane's reader of the token says what is wrong with it", async () => {
  await using plane = await startScriptedPlane(() => {});
  const { logged, socket } = await open(PLAIN, { port: plane.port, plan: { token: { kind: "file", path: "/no/such/token" } } });
  void openStream(socket);
  await untilTrue(() => plane.calls.length === 1);
  expect(logged.filter((line) => line.startsWith("warn"))).toEqual([expect.stringContaining("/no/such/token")]);
});

const RULES: ReadinessRules = { state: STATE, remembersState: false, files: ["/no/such/file"], nameTable: true };
const NOT_READY = /^(warn|info) The workload is NOT healthy: Envoy's admin interface 127\.0\.0\.1:\d+ answers with HTTP status code 503$/;

test("the workload is healthy when Envoy and the application are, whatever else the proxy lacks", async () => {
  const { logged, probed } = await open(RULES);
  await probed();
  expect(logged).toEqual(["info The workload is healthy"]);
});

test("without Envoy the application alone decides", async () => {
  const { envoy, logged, probed } = await open(PLAIN);
  envoy.isReady = false;
  await probed();
  expect(logged).toEqual(["info The workload is healthy"]);
});

test("an Envoy that takes over during a hot restart does not make it unhealthy", async () => {
  const { envoy, logged, probed, takingOver } = await open(RULES);
  await probed();
  takingOver(true);
  envoy.isReady = false;
  await probed();
  expect(logged).toEqual(["info The workload is healthy"]);
  takingOver(false);
  await untilTrue(() => logged.length > 1);
  expect(logged[1]).toMatch(NOT_READY);
  takingOver(true);
  await untilTrue(() => logged.length > 2);
  expect(logged[2]).toBe("info The workload is healthy");
});
