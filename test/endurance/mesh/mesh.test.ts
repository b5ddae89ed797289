import { expect, test } from "bun:test";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "../../mesh/lab/pod.ts";
import { HOT_RESTARTS, hotRestart } from "../../pods/hot-restart.ts";
import { type Mesh, openMesh } from "../../pods/mesh.ts";
import { AGENT } from "../../pods/mode.ts";
import { BY_GATEWAY, BY_SIDECAR } from "../../pods/network.ts";
import { agentLog, unansweredIn } from "../../pods/pod-log.ts";
import { resourcesOf, SERVICE_PORT } from "../../pods/resources.ts";
import { untilTrue } from "../../support/eventually.ts";
import { type Load, startLoad } from "../../support/load.ts";
import { NO_FAILURES } from "../../support/load-report.ts";
import { processorTime } from "../../support/processor-time.ts";
import { atRest, type Holding } from "../holding.ts";
import { MINUTE, MINUTES, MINUTES_A_ROW } from "../minutes.ts";
import { expectNoGrowth } from "../no-growth.ts";
import { type Probing, startProbes } from "../probes.ts";
import { MESH_TABLE, type MeshRow } from "./mesh-table.ts";
import { podHolding } from "./pod-holding.ts";

// Everything that can happen to a mesh, minute after minute: nothing fails and nothing leaks.

/** Seconds that certificates are valid for. They are replaced after three: a control plane that is down, and Envoy's retries, take some. */
const LIFETIME = 10;
const CERTIFICATES = {
  SECRET_GRACE_PERIOD_RATIO: "0.7",
  // Making a key of RSA takes seconds on a busy machine.
  ECC_SIGNATURE_ALGORITHM: "ECDSA",
};
/** Pushes of a minute, each with a listener that goes or comes. */
const PUSHES = 20;
const EXTRA = "0.0.0.0_9000";
const NAMES = ["server", "client", "ingress"] as const;
/** A silent connection is given up after two seconds, and not 50. */
const KEEPALIVE = { GRPC_KEEPALIVE_INTERVAL: "1s", GRPC_KEEPALIVE_TIMEOUT: "1s" };
/** What an agent may warn of in a minute: the control plane that is down, its reset and half-open connections. */
const WARNINGS = 8;
const LIMIT = 40_000;
/** The failed requests of a minute that are printed. */
const MOST = 10;
/** Milliseconds that the control plane is down. */
const DOWN = 1_500;

interface Run {
  readonly mesh: Mesh;
  readonly pods: readonly Pod[];
  readonly load: Load;
  readonly probing: Probing;
}

async function startRun(mesh: Mesh): Promise<Run> {
  const pods = await Promise.all(
    NAMES.map(async (name) => {
      const pod = await mesh.pod(name, { arguments: HOT_RESTARTS, environment: { ...KEEPALIVE, ...CERTIFICATES } });
      await pod.ready();
      return pod;
    }),
  );
  const begun = performance.now();
  const question = ({ network }: Pod) => ({
    url: `http://${network.address}:15020/healthz/ready`,
    every: 500,
    judge: (status: number) => (status === 200 ? undefined : `status ${status}`),
  });
  const probing = startProbes(
    Object.fromEntries(pods.map((pod, index) => [NAMES[index] ?? "", question(pod)])),
    () => `${((performance.now() - begun) / 1_000).toFixed(1)} s`,
  );
  const urls = [BY_SIDECAR, BY_GATEWAY].map((name) => `http://${name}:${SERVICE_PORT}`);
  return { mesh, pods, probing, load: startLoad({ urls, keepAlive: 6, fresh: 2, pause: 50 }) };
}

/** Waits until every pod has an xDS stream that was opened after this moment. */
async function reconnected({ mesh, pods }: Run, disturb: () => void | Promise<void>): Promise<void> {
  const { opened } = mesh.plane.streams;
  await disturb();
  await untilTrue(() => mesh.plane.streams.opened >= opened + pods.length && mesh.plane.streams.open >= pods.length, LIMIT);
}

/** One minute with every disturbance. The agents' resources are measured after the hot restart. */
async function passMinute(minute: number, run: Run): Promise<readonly Holding[]> {
  const { mesh, pods } = run;
  const begun = performance.now();
  for (const pod of pods) truncateSync(join(pod.directory, "log"));
  for (const [index, name] of NAMES.entries()) pods[index]?.setToken(`${name}.${minute}`);
  await Promise.all(pods.map((pod) => hotRestart(pod, minute + 1)));
  const holdings = await Promise.all(pods.map((pod) => atRest(() => podHolding(pod))));
  for (let push = 0; push < PUSHES; push++) {
    const { count } = mesh.plane.accepted;
    mesh.plane.set(push % 2 === 1 ? resourcesOf : (node) => resourcesOf(node).filter(({ name }) => name !== EXTRA));
    await untilTrue(() => mesh.plane.accepted.count > count);
  }
  await reconnected(run, async () => {
    for (const server of [mesh.plane, mesh.ca]) server.stop();
    // Longer than until the first new attempt of an agent.
    await Bun.sleep(DOWN);
    for (const server of [mesh.plane, mesh.ca]) await server.start();
  });
  await reconnected(run, () => {
    // A half-open connection is given up after eleven seconds, as Go's library does: too late for certificates of ten.
    mesh.toCa.reset();
    if (minute % 2 === 0) mesh.toPlane.reset();
    else mesh.toPlane.freeze();
  });
  const rest = MINUTE - (performance.now() - begun);
  expect(rest).toBeGreaterThan(0);
  await Bun.sleep(rest);
  return holdings;
}

/** Returns the warnings and errors of an agent in the last minute. */
function warningsOf(pod: Pod): readonly string[] {
  return agentLog(pod)
    .split("\n")
    .filter((line) => /\t(warn|error)\t/.test(line));
}

test(
  `${MINUTES} minutes of load, rotations, pushes, hot restarts, and a control plane that restarts`,
  async () => {
    await using mesh = await openMesh({ mode: AGENT, lifetime: LIFETIME });
    const run = await startRun(mesh);
    const { pods, load, probing } = run;
    const rows: MeshRow[] = [];
    const noise = new Set<string>();
    let before = { requests: 0, failed: 0, certificates: mesh.ca.certificates.issued, processor: pods.map(spent) };
    let warnings = pods.map(() => 0);
    console.info(MESH_TABLE.head);
    for (let minute = 0; minute < MINUTES; minute++) {
      const holdings = await passMinute(minute, run).catch((error) => {
        throw new Error(pods.map((pod) => agentLog(pod).slice(-4_000)).join("\n\n"), { cause: error });
      });
      const failed = pods.flatMap(unansweredIn);
      if (failed.length > 0) console.info([...failed.slice(0, MOST), ...pods.map(agentLog)].join("\n"));
      const lines = pods.map(warningsOf);
      for (const line of lines.flat()) noise.add(line.replace(/^\S+/, "").replace(/\d+/g, "N"));
      warnings = warnings.map((sum, index) => sum + (lines[index]?.length ?? 0));
      if ((minute + 1) % MINUTES_A_ROW !== 0) continue;
      const probes = Object.values(probing.taken());
      const now = { ...load.progress(), certificates: mesh.ca.certificates.issued, processor: pods.map(spent) };
      const row: MeshRow = {
        minutes: `${minute + 2 - MINUTES_A_ROW}–${minute + 1}`,
        requests: now.requests - before.requests,
        failed: now.failed - before.failed,
        certificates: now.certificates - before.certificates,
        restarts: pods.length * MINUTES_A_ROW,
        outages: MINUTES_A_ROW,
        processor: now.processor.map((seconds, index) => seconds - (before.processor[index] ?? 0)),
        warnings,
        holdings,
        probes: probes.reduce((sum, { asked }) => sum + asked, 0),
        wrong: probes.flatMap(({ wrong }) => wrong),
      };
      before = now;
      warnings = pods.map(() => 0);
      rows.push(row);
      console.info(MESH_TABLE.row(row));
    }
    await probing.stop();
    const { failures } = await load.stop();
    console.info([...noise].sort().join("\n"));
    expect({ failures, wrong: rows.flatMap(({ wrong }) => wrong) }).toEqual({ failures: NO_FAILURES, wrong: [] });
    expect(mesh.plane.rejections).toEqual([]);
    for (const index of pods.keys()) {
      expectNoGrowth(rows.flatMap(({ holdings }) => holdings[index] ?? []));
      for (const row of rows) expect(row.warnings[index]).toBeLessThanOrEqual(WARNINGS * MINUTES_A_ROW);
    }
    for (const { certificates } of rows)
      expect(certificates).toBeGreaterThanOrEqual((pods.length * MINUTES_A_ROW * MINUTE) / (LIFETIME * 1_000));
    for (const pod of pods) {
      pod.agent.kill("SIGTERM");
      expect(await pod.agent.exited).toBe(0);
    }
  },
  (MINUTES + 3) * MINUTE,
);

function spent({ agent }: Pod): number {
  return processorTime(agent.pid) / 1_000;
}
