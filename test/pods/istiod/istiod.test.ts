import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { childrenOf } from "../../container/container.ts";
import { createAuthority } from "../../mesh/lab/authority.ts";
import type { Pod } from "../../mesh/lab/pod.ts";
import { eventually, untilTrue } from "../../support/eventually.ts";
import { startLoad } from "../../support/load.ts";
import { NO_FAILURES } from "../../support/load-report.ts";
import { fromPod, redirect, startWorkload } from "../in-pod.ts";
import { MODES, type Mode } from "../mode.ts";
import { BY_GATEWAY, HOST, ISTIOD } from "../network.ts";
import { SERVICE_ADDRESS, SERVICE_PORT, WORKLOAD_PORT } from "../resources.ts";
import { openPods, type PodOptions } from "../start-pods.ts";
import { documents, meshObjects, OUTSIDE } from "./configuration.ts";
import { type Istiod, startIstiod } from "./istiod.ts";
import { startTokenIssuer } from "./tokens.ts";

// A mesh of a real istiod: its configuration, its CA, its authentication and its restart.

const { ISTIOD_PATH: PROGRAM } = process.env;

/** A mesh of an istiod. */
interface RealMesh extends AsyncDisposable {
  readonly istiod: Istiod;
  readonly pod: (name: string, options?: PodOptions) => Promise<Pod>;
}

async function openRealMesh(mode: Mode, objects: readonly object[] = meshObjects()): Promise<RealMesh> {
  const stack = new AsyncDisposableStack();
  const authority = await createAuthority("cluster.local");
  if (PROGRAM === undefined) throw new Error("No istiod: npm run test:mesh builds it and sets ISTIOD_PATH");
  const istiod = stack.use(await startIstiod(PROGRAM, authority));
  istiod.configure("mesh.yaml", documents(objects));
  const address = `${ISTIOD}:15012`;
  const pods = stack.use(
    await openPods({
      mode,
      authority,
      discovery: address,
      ca: address,
      token: istiod.token,
      prepare: async (network, name) => {
        if (name === "ingress") return;
        await redirect(network);
        if (name === "server") stack.use(await startWorkload(network, SERVICE_PORT));
      },
    }),
  );
  return {
    istiod,
    pod: (name, options) =>
      pods.start(name, { isUnprivileged: true, ...(name === "ingress" ? { labels: { istio: "ingress" } } : {}), ...options }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const byGateway = async () => fetch(`http://${BY_GATEWAY}:${SERVICE_PORT}/`);

test.each(MODES)(
  "--xds $name: gateway and sidecars become ready, with STRICT mTLS, pushes, rotations and a restart of istiod",
  async (mode) => {
    await using mesh = await openRealMesh(mode);
    const common = { SECRET_TTL: "20s", OUTPUT_CERTS: "data" };
    const names = ["server", "client", "ingress"];
    const [server, client] = await Promise.all(
      names.map(async (name) => {
        // The gateway's stream is state of the world, the others are delta.
        const environment = name === "ingress" ? { ...common, ISTIO_DELTA_XDS: "false" } : common;
        const pod = await mesh.pod(name, { environment, volumes: ["data"], arguments: ["--hot-restart", "--parent-shutdown-time", "2"] });
        console.log(`  --xds ${mode.name}, ${name}: ready after ${(await pod.ready()).toFixed(0)} ms`);
        return pod;
      }),
    );
    if (server === undefined || client === undefined) throw new Error("three pods");
    expect(await fromPod(client.network, `http://${SERVICE_ADDRESS}:${SERVICE_PORT}/`)).toContain(
      "URI=spiffe://cluster.local/ns/default/sa/client",
    );
    await untilTrue(async () => (await byGateway()).ok);
    expect(await (await byGateway()).text()).toContain("URI=spiffe://cluster.local/ns/default/sa/ingress");
    // STRICT: a request that is not from the mesh does not arrive.
    await expect(fetch(`http://${server.network.address}:${SERVICE_PORT}/`)).rejects.toThrow();

    const load = startLoad({ urls: [`http://${BY_GATEWAY}:${SERVICE_PORT}`], keepAlive: 4, fresh: 2 });
    const certificate = () => readFileSync(join(server.directory, "data/cert-chain.pem"), "utf8");
    const first = certificate();
    const pushed = async (revision: number) => {
      const begun = performance.now();
      mesh.istiod.configure("mesh.yaml", documents(meshObjects(revision)));
      await untilTrue(async () => (await byGateway()).headers.get("x-revision") === String(revision), 60_000);
      console.log(`  --xds ${mode.name}, revision ${revision}: seen after ${(performance.now() - begun).toFixed(0)} ms`);
    };
    await pushed(2);
    await mesh.istiod.restart();
    await pushed(3);
    server.agent.kill("SIGHUP");
    await untilTrue(() => server.log().includes("Epoch 0 exited normally"));
    await untilTrue(() => certificate() !== first);
    await pushed(4);
    const { failures, ok } = await load.stop();
    console.log(`  --xds ${mode.name}: ${ok} requests`);
    expect(failures).toEqual(NO_FAILURES);

    const [envoy] = childrenOf(client.agent.pid);
    process.kill(envoy?.pid ?? 0, "SIGSEGV");
    expect(await client.agent.exited).toBe(139);
  },
  240_000,
);

test.each(MODES)("--xds $name: a gateway without certificates is ready over plain text", async (mode) => {
  await using mesh = await openRealMesh(mode, OUTSIDE);
  using _ = Bun.serve({ hostname: HOST, port: WORKLOAD_PORT, fetch: () => new Response("hello from outside\n") });
  const pod = await mesh.pod("ingress", { isPlain: true, discovery: `${ISTIOD}:15010`, proxyConfig: { controlPlaneAuthPolicy: "NONE" } });
  await pod.ready();
  expect(await eventually(async () => ((await byGateway()).ok ? (await byGateway()).text() : undefined))).toBe("hello from outside\n");
});

test.each(MODES)(
  "--xds $name: istiod denies a token of somebody else, and an identity that is not that of the certificate",
  async (mode) => {
    await using mesh = await openRealMesh(mode);
    using other = startTokenIssuer("127.0.0.1");
    const [wrongToken, wrongIdentity] = await Promise.all([
      mesh.pod("client", { token: other.token("client") }),
      mesh.pod("other", { environment: { SERVICE_ACCOUNT: "somebody" } }),
    ]);
    const said = (pod: Pod, pattern: RegExp) =>
      eventually(async () => {
        expect(await pod.isReady()).toBe(false);
        return pattern.exec(pod.log())?.[0];
      }, 20_000).catch((error) => {
        throw new Error(pod.log(), { cause: error });
      });
    console.log(`  ${await said(wrongToken, /NOT ready: .*no certificate: CA .*UNAUTHENTICATED: .*/)}`);
    console.log(`  ${await said(wrongIdentity, /authorization failed: no identities .* matched default\/somebody/)}`);
    wrongToken.setToken(mesh.istiod.token("client"));
    await wrongToken.ready();
  },
  300_000,
);
