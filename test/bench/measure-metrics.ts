import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { residentOf } from "./measure-idle.ts";
import type { Order, Scraped } from "./scraper.ts";
import type { Subject } from "./subjects.ts";

/** One merge of two large metrics pages; times in milliseconds, memory in MB. */
export interface Merge {
  readonly wall: number;
  /** CPU time of all threads of the process, including probes. */
  readonly cpu: number;
  /** Peak resident memory beyond that before, as the kernel records it, so that no peak is missed. */
  readonly extra: number;
  /** The duration of each readiness probe sent meanwhile. */
  readonly probes: readonly number[];
}

const STATUS_PORT = 15_020;
const APPLICATION_PORT = 9_080;
/**
 * The page's sources and Envoy's admin interface, each a process: port, family, lines. About 12 MB of Envoy and as much of an application.
 */
const SOURCES = [
  [15_090, "envoy_cluster_upstream_rq_total", 100_000],
  [APPLICATION_PORT, "app_requests_total", 97_000],
  [15_000, "", 0],
] as const;
const LIMIT = 30_000;
/** Written to clear_refs, resets the peak. */
const RESET_PEAK = "5";
const PROBE_EVERY = 20;
/** For five seconds a supervisor polls often whether Envoy is live; the benchmark's never is. */
const SETTLED = 6_000;
const PROBE = "GET /healthz/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/**
 * Measures merges of each subject in turn, by name. Requires the contract's ports to be free.
 * @throws Error for one that does not return the page
 */
export async function measureMetrics(
  directory: string,
  subjects: readonly Subject[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Merge[]>> {
  const sources = SOURCES.map((args) => startSource(args.map(String)));
  const scraper = new Worker(new URL("./scraper.ts", import.meta.url));
  const merges = new Map<string, readonly Merge[]>();
  try {
    const sizes = await Promise.all(sources.map(sizeOf));
    const least = sizes.reduce((sum, each) => sum + each) - (sizes.at(-1) ?? 0);
    const scrape = async () => {
      const { size, wall } = await scraped(scraper);
      if (size < least) throw new Error(`The page has only ${size} bytes`);
      return wall;
    };
    for (const [index, subject] of subjects.entries())
      merges.set(subject.name, await mergesOf(join(directory, `metrics-${index}`), subject, rounds, scrape));
  } finally {
    scraper.terminate();
    for (const source of sources) source.kill();
    // The next measurement takes the port of the admin interface.
    await Promise.all(sources.map(({ exited }) => exited));
  }
  return merges;
}

async function mergesOf(
  record: string,
  { name, command, pod }: Subject,
  rounds: number,
  scrape: () => Promise<number>,
): Promise<readonly Merge[]> {
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
    // Work after the start is not part of a merge.
    await Bun.sleep(SETTLED);
    const merges: Merge[] = [];
    for (let round = 0; round < rounds; round++) merges.push(await mergeOnce(child.pid, scrape));
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

async function mergeOnce(pid: number, scrape: () => Promise<number>): Promise<Merge> {
  let isRunning = true;
  const before = residentOf(pid, "VmRSS");
  const spent = cpuOf(pid);
  writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
  const probes: number[] = [];
  const probing = (async () => {
    for (; isRunning; await Bun.sleep(PROBE_EVERY)) probes.push(await probe());
  })();
  const wall = await scrape();
  isRunning = false;
  const extra = residentOf(pid, "VmHWM") - before;
  await probing;
  return { wall, cpu: cpuOf(pid) - spent, extra, probes };
}

/** Returns the CPU time of a process's threads in milliseconds. */
function cpuOf(pid: number): number {
  const times = readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8"));
  return times.reduce((sum, time) => sum + Number.parseInt(time, 10), 0) / 1e6;
}

async function scraped(scraper: Worker): Promise<Scraped> {
  return await new Promise((resolve) => {
    scraper.onmessage = ({ data }: MessageEvent<Scraped>) => resolve(data);
    scraper.postMessage(STATUS_PORT satisfies Order);
  });
}

/** Measures one probe on a new connection. @throws Error if it is not ready */
async function probe(): Promise<number> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let answer = "";
  const started = performance.now();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: STATUS_PORT,
    socket: {
      data(_, bytes) {
        answer += bytes.toString("latin1");
        if (answer.includes("\r\n\r\n")) resolve();
      },
      close: () => resolve(),
    },
  });
  socket.write(PROBE);
  await ended;
  const took = performance.now() - started;
  socket.terminate();
  if (!answer.startsWith("HTTP/1.1 200 ")) throw new Error(`A probe is answered with ${JSON.stringify(answer.slice(0, 100))}`);
  return took;
}

function startSource(args: readonly string[]) {
  return Bun.spawn([process.execPath, join(import.meta.dir, "metrics-source.ts"), ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Returns the size of a source's page, once it is served. */
async function sizeOf({ stdout }: ReturnType<typeof startSource>): Promise<number> {
  for await (const piece of stdout) return Number(Buffer.from(piece).toString());
  throw new Error("A source of the metrics page does not start");
}
