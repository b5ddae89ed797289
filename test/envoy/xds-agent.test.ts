import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { join as joinPieces } from "../../src/mesh/pieces.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import { ANY } from "../../src/mesh/well-known.ts";
import { XDS_TYPE } from "../../src/mesh/xds-types.ts";
import { type RecordedResource, servableSet } from "../conformance/mesh/transcripts.ts";
import { type Authority, createAuthority } from "../mesh/lab/authority.ts";
import { type ControlPlane, type Setting, startControlPlane } from "../mesh/lab/control-plane.ts";
import { type Pod, type PodSetting, startPod } from "../mesh/lab/pod.ts";
import { eventually, untilTrue } from "../support/eventually.ts";
import { BINARY } from "../support/subject.ts";
import { ENVOY } from "./support.ts";

// A real Envoy whose xDS stream the agent proxies to the control plane, as in a default mesh.

const SERVER = "spiffe://cluster.local/ns/default/sa/server";

interface Mesh extends AsyncDisposable {
  readonly authority: Authority;
  readonly plane: ControlPlane;
  readonly pod: (options?: Partial<PodSetting>) => Promise<Pod>;
}

async function startMesh(options: Partial<Setting> = {}): Promise<Mesh> {
  const authority = await createAuthority();
  const resources = servableSet("sidecar");
  const plane = await startControlPlane({ authority, tls: "server", identity: SERVER, token: "token", resources, ...options });
  return {
    authority,
    plane,
    pod: ({ environment, proxyConfig, ...rest } = {}) =>
      startPod({
        command: BINARY.command,
        authority,
        discovery: `localhost:${plane.port}`,
        // The directory of the tests is not one that every user may read.
        proxyConfig: { binaryPath: ENVOY, ...proxyConfig },
        environment: { XDS_HEADER_x_lab: "value", ISTIO_META_CLUSTER_ID: "one", ...environment },
        ...rest,
      }),
    async [Symbol.asyncDispose]() {
      await plane[Symbol.asyncDispose]();
    },
  };
}

/** Lines of the agent about its control plane, without those about readiness. */
function lines(pod: Pod): readonly string[] {
  return pod
    .log()
    .split("\n")
    .flatMap((line) => /\t(?:info|warn)\t((?!Envoy proxy is).*(?:control plane|xDS stream).*)$/.exec(line)?.[1] ?? []);
}

test.each([
  ["delta", "DeltaAggregatedResources", {}],
  ["state of the world", "StreamAggregatedResources", { ISTIO_DELTA_XDS: "false" }],
] as const)(
  "a sidecar is ready over TLS, %s",
  async (kind, method, environment) => {
    await using mesh = await startMesh();
    await using pod = await mesh.pod({ environment });
    await pod.ready();
    const address = `localhost:${mesh.plane.port}`;
    expect(lines(pod)).toEqual([`Connected to the control plane "${address}" (${kind})`]);
    expect(mesh.plane.rejections).toEqual([]);
    expect(mesh.plane.streams).toEqual({ opened: 1, open: 1, most: 1 });
    const [stream] = mesh.plane.calls.filter((call) => call.method === method);
    expect(stream?.metadata).toMatchObject({ authorization: "Bearer token", clusterid: "one", x_lab: "value" });
    expect(await pod.admin("/listeners")).toContain("virtualInbound");
    const metrics = await fetch("http://127.0.0.1:15020/metrics").then((answer) => answer.text());
    expect(metrics).toMatch(/^istio_agent_xds_proxy_requests [1-9]/m);
    expect(metrics).toMatch(/^istio_agent_xds_proxy_responses [1-9]/m);
    pod.agent.kill("SIGTERM");
    await pod.agent.exited;
    await eventually(() => (mesh.plane.streams.open === 0 ? true : undefined));
  },
  180_000,
);

test.each([
  ["DeltaAggregatedResources", {}],
  ["StreamAggregatedResources", { ISTIO_DELTA_XDS: "false" }],
] as const)(
  "the health of the workload is reported when it changes, and on each new stream: %s",
  async (method, environment) => {
    let status = 200;
    const agents = new Set<string | null>();
    const application = Bun.serve({
      port: 0,
      fetch(request) {
        agents.add(request.headers.get("user-agent"));
        return new Response(null, { status });
      },
    });
    await using mesh = await startMesh();
    const { reports } = mesh.plane;
    const readinessProbe = { periodSeconds: 1, httpGet: { port: application.port, host: "127.0.0.1" } };
    await using pod = await mesh.pod({ environment, proxyConfig: { readinessProbe } });
    await pod.ready();
    await untilTrue(() => reports.length > 0 && reports.at(-1)?.problem === undefined);
    status = 503;
    await untilTrue(() => reports.at(-1)?.problem === "HTTP status code 503");
    const { length } = reports;
    mesh.plane.stop();
    await mesh.plane.start();
    await untilTrue(() => reports.length > length, 40_000);
    expect(reports.slice(length)).toEqual([{ method, problem: "HTTP status code 503" }]);
    expect([...agents]).toEqual(["istio-probe/1.0"]);
    expect(pod.log()).toContain("The workload is NOT healthy (readinessProbe in the ProxyConfig): HTTP status code 503");
    await application.stop(true);
  },
  180_000,
);

test("a control plane that is down at the start, and restarts", async () => {
  await using mesh = await startMesh();
  const address = `localhost:${mesh.plane.port}`;
  mesh.plane.stop();
  await using pod = await mesh.pod();
  await eventually(() => (lines(pod).length > 0 ? true : undefined));
  expect(await pod.isReady()).toBe(false);
  await mesh.plane.start();
  await pod.ready();
  mesh.plane.stop();
  await eventually(() => (pod.log().includes("Lost the connection") ? true : undefined));
  expect(await pod.isReady()).toBe(true);
  await mesh.plane.start();
  await eventually(() => (lines(pod).at(-1)?.includes("again (delta)") ? true : undefined), 40_000);
  expect(lines(pod).map((line) => line.replace(/(?:: | \().*/, ""))).toEqual([
    `Cannot connect to the control plane "${address}", Envoy tries again`,
    `Connected to the control plane "${address}"`,
    `Lost the connection to the control plane "${address}", Envoy connects again`,
    `Connected to the control plane "${address}" again`,
  ]);
  expect(await pod.isReady()).toBe(true);
}, 180_000);

test("each Envoy of a hot restart has a stream of its own, and the old one's ends with it", async () => {
  await using mesh = await startMesh();
  await using pod = await mesh.pod({ arguments: ["--hot-restart", "--drain-time", "1", "--parent-shutdown-time", "2"] });
  await pod.ready();
  pod.agent.kill("SIGHUP");
  await untilTrue(() => mesh.plane.streams.opened === 2 && mesh.plane.streams.open === 1);
  expect(mesh.plane.streams.most).toBe(2);
  expect(await pod.isReady()).toBe(true);
  expect(lines(pod)).toHaveLength(1);
}, 180_000);

test("a root certificate that is replaced counts for the next stream", async () => {
  await using mesh = await startMesh();
  const other = await createAuthority();
  await using pod = await mesh.pod({ authority: other });
  const refusal = await eventually(() => lines(pod)[0]);
  expect(refusal).toContain("Envoy tries again: UNAVAILABLE: connection error: ");
  writeFileSync(join(pod.directory, "var/run/secrets/istio/root-cert.pem"), mesh.authority.root);
  await pod.ready();
  expect(mesh.plane.rejections).toEqual([]);
}, 180_000);

test("roots of the control plane's trust bundle are served to Envoy, with a new certificate", async () => {
  const resources = [...servableSet("sidecar"), ...servableSet("pcds")];
  await using mesh = await startMesh({ resources });
  await using pod = await mesh.pod({ environment: { PROXY_CONFIG_XDS_AGENT: "true" } });
  await pod.ready();
  await untilTrue(() => mesh.plane.certificates.issued === 2);
  const roots = async () => {
    const { certificates } = JSON.parse(await pod.admin("/certs")) as {
      readonly certificates: readonly { readonly ca_cert: readonly unknown[] }[];
    };
    return Math.max(...certificates.map(({ ca_cert }) => ca_cert.length));
  };
  // The mesh's own root, and two of the bundle.
  await untilTrue(async () => (await roots()) === 3);
  expect(mesh.plane.rejections).toEqual([]);
}, 180_000);

test("the control plane gets GOAWAY when the agent ends, after Envoy has drained", async () => {
  const goaways: { readonly code: number; readonly at: number }[] = [];
  const server = createServer();
  let streams = 0;
  server.on("session", (session) => session.on("goaway", (code) => void goaways.push({ code, at: performance.now() })));
  server.on("stream", (stream: ServerHttp2Stream) => {
    streams++;
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  const authority = await createAuthority();
  await using pod = await startPod({
    command: BINARY.command,
    authority,
    discovery: `127.0.0.1:${port}`,
    isPlain: true,
    proxyConfig: { binaryPath: ENVOY, terminationDrainDuration: "1s" },
  });
  await untilTrue(() => streams === 1);
  const stopped = performance.now();
  pod.agent.kill("SIGTERM");
  await pod.agent.exited;
  await untilTrue(() => goaways.length === 1);
  expect(goaways[0]?.code).toBe(0);
  expect((goaways[0]?.at ?? 0) - stopped).toBeGreaterThan(900);
  server.close();
}, 180_000);

/** A listener with a network filter that only Istio's Envoy has. */
function listenerOfIstio(): RecordedResource {
  const inner = (number: number, value: readonly Uint8Array[]) => encode({ it: { number, kind: "embedded" } }, { it: value });
  const named = (name: string, rest: readonly Uint8Array[]) => [...encode({ name: { number: 1, kind: "string" } }, { name }), ...rest];
  const address = encode(
    { address: { number: 2, kind: "string" }, port: { number: 3, kind: "uint32" } },
    { address: "127.0.0.1", port: 9_999 },
  );
  const filter = named("istio.stats", inner(4, encode(ANY, { typeUrl: "type.googleapis.com/stats.PluginConfig" })));
  const value = named("of-istio", [...inner(2, inner(1, address)), ...inner(3, inner(3, filter))]);
  return { type: XDS_TYPE.listener, name: "of-istio", any: Buffer.from(joinPieces(encode(ANY, { typeUrl: XDS_TYPE.listener, value }))) };
}

test("an Envoy without Istio's own filters is not ready, and the log says which Envoy or which settings it takes", async () => {
  const good = servableSet("sidecar");
  await using mesh = await startMesh({ resources: [...good, listenerOfIstio()] });
  await using pod = await mesh.pod();
  const rejection = await eventually(() => lines(pod).find((line) => line.startsWith("Envoy rejected")));
  expect(rejection).toContain('Envoy rejected Listener of the control plane "localhost:');
  expect(rejection).toContain(`; this Envoy has no extension "istio.stats": use the Envoy of Istio's proxy image`);
  const isLogged = async () =>
    (await pod.isReady()) === false && /NOT ready: .*no extension "istio.stats"/.test(pod.log()) ? true : undefined;
  await eventually(isLogged);
  mesh.plane.set(good);
  await pod.ready();
  expect(pod.log().match(/warn\tEnvoy rejected/g)).toHaveLength(1);
}, 180_000);
