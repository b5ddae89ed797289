import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { residentOf } from "./measure-idle.ts";
import type { Subject } from "./subjects.ts";

/** One merge of two large metrics pages; times in milliseconds, memory in MB. */
export interface Merge {
  readonly wall: number;
  /** Resident memory beyond what it was before, at its highest, as the kernel keeps it: no private memory can be missed. */
  readonly extra: number;
  /** What each readiness probe took that was sent while it ran. */
  readonly probes: readonly number[];
}

const STATUS = "http://127.0.0.1:15020";
const APPLICATION_PORT = 9_080;
const ENVOY_PORT = 15_090;
const ADMIN_PORT = 15_000;
const LIMIT = 30_000;
/** What the kernel wants to be told to begin the peak anew. */
const RESET_PEAK = "5";
const PROBE_EVERY = 20;
const LIVE =
  "cluster_manager.cds.update_success: 1\nlistener_manager.lds.update_success: 1\nserver.state: 0\nlistener_manager.workers_started: 1\n";

/** About 12 MB of an application and as much of Envoy. */
const APPLICATION_PAGE = pageOf("app_requests_total", 97_000);
const ENVOY_PAGE = pageOf("envoy_cluster_upstream_rq_total", 100_000);

/** Merges of one subject after another, so many times, by name. Runs where the ports of the contract are free. @throws Error for one that does not give the page */
export async function measureMetrics(
  directory: string,
  subjects: readonly Subject[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Merge[]>> {
  const servers = [serve(ENVOY_PORT, ENVOY_PAGE), serve(APPLICATION_PORT, APPLICATION_PAGE), serve(ADMIN_PORT, Buffer.from(LIVE))];
  const merges = new Map<string, readonly Merge[]>();
  try {
    for (const [index, subject] of subjects.entries())
      merges.set(subject.name, await mergesOf(join(directory, `metrics-${index}`), subject, rounds));
  } finally {
    for (const server of servers) await server.stop(true);
  }
  return merges;
}

async function mergesOf(record: string, { name, command, pod }: Subject, rounds: number): Promise<readonly Merge[]> {
  rmSync(record, { force: true });
  const child = Bun.spawn([...command], {
    cwd: pod.directory,
    env: {
      ...pod.environment,
      ISTIO_KUBE_APP_PROBERS: JSON.stringify({ "/app-health/productpage/readyz": { httpGet: { path: "/", port: APPLICATION_PORT } } }),
      ISTIO_PROMETHEUS_ANNOTATIONS: JSON.stringify({ scrape: "true", port: String(APPLICATION_PORT), path: "/metrics" }),
      BENCH_RECORD: record,
      BENCH_SLEEP: "1",
    },
    stdio: ["ignore", Bun.file(`${record}.log`), Bun.file(`${record}.errors`)],
  });
  try {
    const limit = Date.now() + LIMIT;
    while (!(await probe().catch(() => undefined)) && child.exitCode === null && Date.now() < limit) await Bun.sleep(20);
    // What is done after the start is not part of a merge.
    await Bun.sleep(3_000);
    const merges: Merge[] = [];
    for (let round = 0; round < rounds; round++) merges.push(await mergeOnce(child.pid));
    return merges;
  } catch (cause) {
    throw new Error(`Cannot measure the metrics of ${name}: ${readFileSync(`${record}.errors`, "utf8").slice(-2_000)}`, { cause });
  } finally {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
    await child.exited;
    clearTimeout(timer);
  }
}

async function mergeOnce(pid: number): Promise<Merge> {
  let isRunning = true;
  const before = residentOf(pid, "VmRSS");
  writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
  const probes: number[] = [];
  const probing = (async () => {
    for (; isRunning; await Bun.sleep(PROBE_EVERY)) probes.push(await probe());
  })();
  const begun = performance.now();
  const size = await scrape();
  const wall = performance.now() - begun;
  isRunning = false;
  const extra = residentOf(pid, "VmHWM") - before;
  await probing;
  if (size < APPLICATION_PAGE.length + ENVOY_PAGE.length) throw new Error(`The page has only ${size} bytes`);
  return { wall, extra, probes };
}

/** Bytes of the merged page. */
async function scrape(): Promise<number> {
  const response = await fetch(`${STATUS}/stats/prometheus`, { headers: { "accept-encoding": "identity", accept: "text/plain" } });
  let size = 0;
  for await (const piece of response.body ?? []) size += piece.length;
  return size;
}

/** What one answer takes, on a connection of its own. */
async function probe(): Promise<number> {
  const begun = performance.now();
  await (await fetch(`${STATUS}/healthz/ready`, { headers: { connection: "close" } })).arrayBuffer();
  return performance.now() - begun;
}

function serve(port: number, page: Uint8Array<ArrayBuffer>): { readonly stop: (now: boolean) => Promise<void> } {
  return Bun.serve({
    hostname: "127.0.0.1",
    port,
    fetch: () => new Response(page, { headers: { "content-type": "text/plain; version=0.0.4" } }),
  });
}

function pageOf(family: string, lines: number): Uint8Array<ArrayBuffer> {
  const line = (_: unknown, index: number) =>
    `${family}{method="GET",handler="/api/v1/things/${index}",status="200",instance="productpage-v1-6944fb884d-4pgx8"} ${index}\n`;
  return new TextEncoder().encode(Array.from({ length: lines }, line).join(""));
}
