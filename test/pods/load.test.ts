import { expect, test } from "bun:test";
import { createAuthority } from "../mesh/lab/authority.ts";
import type { Pod } from "../mesh/lab/pod.ts";
import { untilTrue } from "../support/eventually.ts";
import { type Load, startLoad } from "../support/load.ts";
import { NO_FAILURES } from "../support/load-report.ts";
import { HOT_RESTARTS, hotRestart } from "./hot-restart.ts";
import { type Mesh, openMesh } from "./mesh.ts";
import { EVERY_PERIOD, IS_LONG, LIFETIME, MAIN_MODES, PERIOD } from "./mode.ts";
import { BY_GATEWAY, BY_SIDECAR } from "./network.ts";
import { agentLog, unansweredIn } from "./pod-log.ts";
import { resourcesOf, SERVICE_PORT } from "./resources.ts";

// What happens to a mesh, under load: no request fails. A minute of rotations with `npm run test:mesh`, some seconds otherwise.

const ROTATIONS = IS_LONG ? 30 : 2;
const RESTARTS = IS_LONG ? 5 : 1;
const PUSHES = IS_LONG ? 40 : 5;
/** A listener that comes and goes. */
const EXTRA = "0.0.0.0_9000";
const NAMES = ["server", "client", "ingress"] as const;
/** A silent connection is given up after two seconds, and not 50. */
const KEEPALIVE = { GRPC_KEEPALIVE_INTERVAL: "1s", GRPC_KEEPALIVE_TIMEOUT: "1s" };

/** Waits until each pod has requested so many more certificates. */
async function certificates({ ca }: Mesh, times: number): Promise<void> {
  const before = ca.calls.length;
  const requested = (name: string) =>
    ca.calls.slice(before).filter(({ metadata }) => metadata["authorization"]?.startsWith(`Bearer ${name}`)).length;
  await untilTrue(() => NAMES.every((name) => requested(name) >= times), (times + 5) * 2 * PERIOD * 1_000);
}

/**
 * Waits until each Envoy has a certificate that was requested after this moment: the next one may have been requested before, the one
 * after that was not.
 */
async function renewed(pods: readonly Pod[]): Promise<void> {
  const hasNew = async (pod: Pod) => {
    const seen = new Set<string>();
    await untilTrue(async () => seen.add(serialIn(await pod.admin("/certs"))).size > 2);
  };
  await Promise.all(pods.map(hasNew));
}

/** Returns the serial number of the certificate that Envoy uses, from its admin interface. */
function serialIn(page: string): string {
  // The members of the page that are used.
  const { certificates } = JSON.parse(page) as {
    readonly certificates: readonly { readonly cert_chain: readonly { serial_number: string }[] }[];
  };
  return certificates.flatMap(({ cert_chain }) => cert_chain)[0]?.serial_number ?? "none";
}

/** Waits until requests are answered that were sent after this moment. */
async function served(load: Load): Promise<void> {
  const { ok } = load.progress();
  await untilTrue(() => load.progress().ok > ok + 50);
}

test.each(MAIN_MODES)(
  "--xds $name: rotations, roots, tokens, restarts and broken connections under load",
  async (mode) => {
    await using mesh = await openMesh({ mode, lifetime: LIFETIME });
    const pods = await Promise.all(
      NAMES.map(async (name) => {
        const pod = await mesh.pod(name, { arguments: HOT_RESTARTS, environment: { ...KEEPALIVE, ...EVERY_PERIOD } });
        await pod.ready();
        return pod;
      }),
    );
    const urls = [BY_SIDECAR, BY_GATEWAY].map((name) => `http://${name}:${SERVICE_PORT}`);
    const over = new AbortController();
    const load = startLoad({ urls, keepAlive: 8, fresh: 4, until: over.signal });
    const phases: string[] = [];
    const phase = async (name: string, work: () => Promise<unknown>) => {
      const [begun, { ok, failed }] = [performance.now(), load.progress()];
      await work();
      await served(load);
      const now = load.progress();
      phases.push(`${name}: ${((performance.now() - begun) / 1_000).toFixed(1)} s, ${now.ok - ok} requests, ${now.failed - failed} failed`);
    };
    try {
      for (const [index, name] of NAMES.entries()) pods[index]?.setToken(`${name}.2`);
      await phase("rotations, with other tokens", () => certificates(mesh, ROTATIONS));
      // Both callers have shown each of their certificates.
      expect(mesh.callers.size).toBeGreaterThanOrEqual(2 * ROTATIONS);
      const tokens = new Set(mesh.ca.calls.map(({ metadata }) => metadata["authorization"]));
      expect(tokens).toEqual(new Set(NAMES.flatMap((name) => [`Bearer ${name}`, `Bearer ${name}.2`])));
      await phase("hot restarts", async () => {
        for (let epoch = 1; epoch <= RESTARTS; epoch++) await Promise.all(pods.map((pod) => hotRestart(pod, epoch)));
      });
      await phase("pushes", async () => {
        const client = pods[NAMES.indexOf("client")];
        const hasListener = async () => (await client?.admin("/listeners"))?.includes(EXTRA) === true;
        for (let push = 1; push <= PUSHES; push++) {
          mesh.plane.set((node) => resourcesOf(node).filter(({ name }) => name !== EXTRA));
          if (push === PUSHES) await untilTrue(async () => !(await hasListener()));
          mesh.plane.set(resourcesOf);
        }
        await untilTrue(hasListener);
      });
      // That the authority is reached again is shown by the certificates of the last phase.
      await phase("reset connections", async () => {
        const { opened } = mesh.plane.streams;
        mesh.toPlane.reset();
        mesh.toCa.reset();
        await untilTrue(() => mesh.plane.streams.opened >= opened + pods.length);
      });
      await phase("restart of the control plane", async () => {
        mesh.plane.stop();
        await mesh.plane.start();
        await untilTrue(() => mesh.plane.streams.open >= pods.length);
      });
      await phase("half-open connections", async () => {
        const { opened } = mesh.plane.streams;
        mesh.toPlane.freeze();
        mesh.toCa.freeze();
        await untilTrue(() => mesh.plane.streams.opened >= opened + pods.length);
      });
      await phase("another root", async () => {
        const next = await createAuthority("next");
        const both = `${mesh.authority.root}${next.root}`;
        for (const pod of pods) pod.setRoots(both);
        mesh.ca.setAuthority(mesh.authority, both);
        await renewed(pods);
        for (const server of [mesh.ca, mesh.plane]) {
          server.setAuthority(next, both);
          server.stop();
          await server.start();
        }
        await untilTrue(() => mesh.plane.streams.open >= pods.length);
        await renewed(pods);
        for (const pod of pods) pod.setRoots(next.root);
        mesh.ca.setAuthority(next);
        await renewed(pods);
      });
    } catch (error) {
      throw new Error(`${phases.join("\n")}\n${pods.map((pod) => agentLog(pod).slice(-4_000)).join("\n\n")}`, { cause: error });
    } finally {
      over.abort();
      console.log(phases.map((each) => `  --xds ${mode.name}, ${each}`).join("\n"));
    }
    const { failures, failed } = await load.stop();
    if (failed > 0) console.log(pods.flatMap(unansweredIn).join("\n"));
    expect(failures).toEqual(NO_FAILURES);
    expect(mesh.plane.rejections).toEqual([]);
  },
  240_000,
);
