import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { $ } from "bun";
import { type Authority, createAuthority } from "../mesh/lab/authority.ts";
import { type ControlPlane, startControlPlane } from "../mesh/lab/control-plane.ts";
import { type Pod, startPod } from "../mesh/lab/pod.ts";
import { untilTrue } from "../support/eventually.ts";
import { processorTime, processorTimeOfAll } from "../support/processor-time.ts";
import { largeMesh } from "./large-mesh.ts";
import { memoryOf, wakeUpsOf } from "./measure-idle.ts";
import { PUSHES } from "./pushes.ts";

/** An agent in a mesh, measured once with so many services. */
export interface InMesh {
  readonly services: number;
  readonly clusters: number;
  /** Milliseconds from the agent's exec until it is ready. */
  readonly ready: number;
  /** CPU time in ms until it was ready and five seconds more. */
  readonly cpu: number;
  /** Private dirty memory in MB after everything has come to rest. */
  readonly privateDirty: number;
  readonly wakeUps: number;
  /** Peak of private memory in MB while all clusters are sent again, for each time. */
  readonly peaks: readonly number[];
  /** CPU time in ms for pushes of all clusters, and for those of one changed route. */
  readonly clusterPushes: number;
  readonly routePushes: number;
}

/** An agent in a mesh. */
export interface MeshResult {
  /** Milliseconds from exec to ready, with few services. */
  readonly ready: readonly number[];
  /** Milliseconds from Envoy's exec to ready when it starts so late that everything is at hand and nothing else runs: what Envoy takes. */
  readonly late: readonly number[];
  /** CPU time in ms until ready and five seconds more, with most services: an RSA key takes between 20 and 300 of it, so few say nothing. */
  readonly cpu: readonly number[];
  readonly runs: readonly InMesh[];
}

/** A program that is measured in a mesh. */
export interface MeshSubject {
  readonly name: string;
  readonly command: string;
  readonly files: Readonly<Record<string, string>>;
  /** Whether Envoy connects to the control plane itself; such a subject has only `runs`. */
  readonly isDirect?: true;
}

/** What it takes, and how much is measured. */
export interface MeshSetting {
  readonly directory: string;
  readonly envoy: string;
  readonly subjects: readonly MeshSubject[];
  /** Starts of each subject. */
  readonly starts: number;
  /** Starts of each subject whose Envoy starts late. */
  readonly lateStarts: number;
  /** Starts of each subject with most services. */
  readonly largeStarts: number;
  /** Runs of each subject and size. */
  readonly runs: number;
}

/** Services of the sizes: 1,008 and 4,008 clusters as with 500 and 2,000 services of istiod. */
const SIZES = [20, 501, 2001] as const;
const [SMALL, , LARGE] = SIZES;
const AFTER_READY = 5_000;
/** Seconds after which an agent has a certificate and is at rest. */
const LATE = 3;
// The runtime frees memory for some time after its last work, as at rest without a mesh.
const SETTLE = 30_000;
const RESENDS = 3;
const CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
/** A template in the place where the image of pilot-agent has it. */
const TEMPLATE = "envoy_bootstrap_tmpl.json";

/** Returns what is measured: attache, and a pilot-agent of the same release. */
export function meshSubjects(attache: string, pilotAgent: string | undefined): readonly MeshSubject[] {
  const template = () => readFileSync(join(dirname(process.env["PILOT_AGENT"] ?? ""), TEMPLATE), "utf8");
  return [
    { name: "attache", command: attache, files: {} },
    { name: "attache --xds direct", command: attache, files: {}, isDirect: true },
    ...(pilotAgent === undefined
      ? []
      : [{ name: "pilot-agent", command: pilotAgent, files: { [`var/lib/istio/envoy/${TEMPLATE}`]: template() } }]),
  ];
}

/** Measures sidecars with a real Envoy and a control plane of the tests, over TLS, in turn, by name. Requires a network with free ports. */
export async function measureMesh(setting: MeshSetting): Promise<ReadonlyMap<string, MeshResult>> {
  const { directory } = setting;
  const subjects = setting.subjects.filter(({ isDirect }) => !isDirect);
  const peak = join(directory, "peak");
  await $`cc -O2 -static -o ${peak} ${join(import.meta.dir, "peak.c")}`;
  await $`ip address add 10.77.0.12/32 dev lo`.quiet();
  const authority = await createAuthority();
  const results = new Map(
    setting.subjects.map(({ name }) => [name, { ready: [] as number[], late: [] as number[], cpu: [] as number[], runs: [] as InMesh[] }]),
  );
  const open = (services: number, tls: "server" | "mutual" = "server") =>
    startControlPlane({
      authority,
      tls,
      identity: "spiffe://cluster.local/ns/default/sa/server",
      token: "token",
      resources: largeMesh(services),
    });
  {
    await using plane = await open(SMALL);
    for (let round = -1; round < setting.starts; round++)
      for (const subject of subjects) {
        await using pod = await start(setting, authority, plane, subject);
        const ready = await pod.ready(60_000);
        if (round >= 0) results.get(subject.name)?.ready.push(ready);
      }
    const late = lateEnvoy(setting);
    for (let round = 0; round < setting.lateStarts; round++)
      for (const subject of subjects) {
        await using pod = await start({ envoy: late.program }, authority, plane, subject);
        await pod.ready(60_000);
        results.get(subject.name)?.late.push(Date.now() - late.started());
      }
  }
  {
    await using plane = await open(LARGE);
    for (let round = 0; round < setting.largeStarts; round++)
      for (const subject of subjects) {
        await using pod = await start(setting, authority, plane, subject);
        await pod.ready(60_000);
        results.get(subject.name)?.cpu.push(await startTime(pod));
      }
  }
  for (let run = 0; run < setting.runs; run++)
    for (const services of SIZES)
      for (const subject of setting.subjects) {
        // Envoy has no token, and a control plane that requires a certificate issues none to who has none yet.
        await using ca = subject.isDirect ? await open(SMALL) : undefined;
        await using plane = await open(services, subject.isDirect ? "mutual" : "server");
        await using pod = await start(setting, authority, plane, subject, ca);
        results.get(subject.name)?.runs.push(await measureOnce(pod, plane, services, peak));
      }
  return results;
}

/** Writes a program that runs Envoy some seconds after it was started. */
function lateEnvoy({ directory, envoy }: MeshSetting): { readonly program: string; readonly started: () => number } {
  const program = join(directory, "late-envoy");
  const time = join(directory, "late-time");
  writeFileSync(program, `#!/bin/sh\nsleep ${LATE}\ndate +%s%3N > ${time}\nexec ${envoy} "$@"\n`, { mode: 0o755 });
  return { program, started: () => Number(readFileSync(time, "utf8")) };
}

function start(
  { envoy }: Pick<MeshSetting, "envoy">,
  authority: Authority,
  plane: ControlPlane,
  { command, files, isDirect }: MeshSubject,
  ca?: ControlPlane,
): Promise<Pod> {
  return startPod({
    command: [command],
    authority,
    discovery: `localhost:${plane.port}`,
    files,
    ...(isDirect && { arguments: ["--xds", "direct"] }),
    ...(ca && { ca: `localhost:${ca.port}` }),
    proxyConfig: { binaryPath: envoy, terminationDrainDuration: "0s" },
  });
}

async function measureOnce(pod: Pod, plane: ControlPlane, services: number, peak: string): Promise<InMesh> {
  const { pid } = pod.agent;
  const ready = await pod.ready(60_000);
  const cpu = await startTime(pod);
  await Bun.sleep(SETTLE);
  const { privateDirty } = memoryOf(pid);
  const wakeUps = await wakeUpsOf(pid);
  const isLargest = services === LARGE;
  const peaks: number[] = [];
  while (isLargest && peaks.length < RESENDS) peaks.push(await peakDuring(peak, pid, () => accept(plane, () => plane.resend(CLUSTER))));
  const pushTime = (push: (revision: number) => void) => (isLargest ? timeOfPushes(pid, plane, push) : Number.NaN);
  const clusterPushes = await pushTime(() => plane.resend(CLUSTER));
  const routePushes = await pushTime((revision) => plane.set(largeMesh(services, revision)));
  if (plane.rejections.length > 0) throw new Error(`Envoy rejects what it is sent: ${plane.rejections[0]?.message}`);
  return {
    services,
    clusters: largeMesh(services).filter(({ type }) => type === CLUSTER).length,
    ready,
    cpu,
    privateDirty,
    wakeUps,
    peaks,
    clusterPushes,
    routePushes,
  };
}

/** Returns the CPU time in ms until some time after a pod is ready, with the process that makes a key: it has ended, and Envoy has not. */
async function startTime(pod: Pod): Promise<number> {
  await Bun.sleep(AFTER_READY);
  return processorTimeOfAll(pod.agent.pid);
}

/** Returns the CPU time in ms of pushes, each of which Envoy accepts before the next one. */
async function timeOfPushes(pid: number, plane: ControlPlane, push: (revision: number) => void): Promise<number> {
  const before = processorTime(pid);
  for (let revision = 1; revision <= PUSHES; revision++) await accept(plane, () => push(revision));
  return processorTime(pid) - before;
}

/** Sends something, and waits until Envoy has accepted it. */
async function accept(plane: ControlPlane, send: () => void): Promise<void> {
  const before = plane.accepted.count;
  send();
  await untilTrue(() => plane.accepted.count > before, 60_000);
}

async function peakDuring(program: string, pid: number, work: () => Promise<void>): Promise<number> {
  const child = Bun.spawn([program, String(pid)], { stdio: ["pipe", "pipe", "inherit"] });
  await work();
  // What is freed late counts too.
  await Bun.sleep(500);
  child.stdin.end();
  return Number(await child.stdout.text()) / 1e6;
}
