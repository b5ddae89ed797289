import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { residentOf } from "./measure-idle.ts";
import type { Subject } from "./subjects.ts";

/** A program that hostile clients have ended, and what it has said. */
export interface Crash {
  readonly crashed: string;
}

/** The cost of hostile clients; memory in MB, beyond the resident memory before. */
export interface Hostile {
  readonly sent: number;
  readonly peak: number;
  /** After 20 s of quiet. */
  readonly after: number;
  /** The duration of each readiness probe in milliseconds; -1 for one without a response. */
  readonly probes: readonly number[];
}

const STATUS_PORT = 15_020;
const ADMIN_PORT = 15_000;
const LIMIT = 30_000;
const SETTLED = 5_000;
const QUIET = 20_000;
/** Written to clear_refs, resets the peak. */
const RESET_PEAK = "5";
const LIVE =
  "cluster_manager.cds.update_success: 1\nlistener_manager.lds.update_success: 1\nserver.state: 0\nlistener_manager.workers_started: 1\n";

/**
 * Runs each subject in turn with the same hostile clients for a number of seconds, by name. Requires the contract's ports to be free.
 * @throws Error for one that does not start
 */
export async function measureHostile(
  directory: string,
  subjects: readonly Subject[],
  seconds: number,
): Promise<ReadonlyMap<string, Hostile | Crash>> {
  const admin = Bun.serve({ hostname: "127.0.0.1", port: ADMIN_PORT, fetch: () => new Response(LIVE) });
  const found = new Map<string, Hostile | Crash>();
  try {
    for (const [index, subject] of subjects.entries())
      found.set(subject.name, await attacked(join(directory, `hostile-${index}`), subject, seconds));
  } finally {
    await admin.stop(true);
  }
  return found;
}

async function attacked(record: string, { name, command, pod }: Subject, seconds: number): Promise<Hostile | Crash> {
  rmSync(record, { force: true });
  const child = Bun.spawn([...command], {
    cwd: pod.directory,
    env: { ...pod.environment, BENCH_RECORD: record, BENCH_SLEEP: "1" },
    stdio: ["ignore", Bun.file(`${record}.log`), Bun.file(`${record}.errors`)],
  });
  const errors = () => readFileSync(`${record}.errors`, "utf8");
  let isAttacked = false;
  try {
    const limit = Date.now() + LIMIT;
    while (!(await isReady()) && child.exitCode === null && Date.now() < limit) await Bun.sleep(20);
    await Bun.sleep(SETTLED);
    const before = residentOf(child.pid, "VmRSS");
    writeFileSync(`/proc/${child.pid}/clear_refs`, RESET_PEAK);
    isAttacked = true;
    const clients = Bun.spawn([process.execPath, join(import.meta.dir, "hostile-clients.ts"), String(STATUS_PORT), String(seconds)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [text, status] = await Promise.all([clients.stdout.text(), clients.exited]);
    if (status !== 0) throw new Error(`the clients end with ${status}`);
    const { sent, probes }: Pick<Hostile, "sent" | "probes"> = JSON.parse(text);
    const peak = residentOf(child.pid, "VmHWM") - before;
    await Bun.sleep(QUIET);
    return { sent, probes, peak, after: residentOf(child.pid, "VmRSS") - before };
  } catch (cause) {
    const end = child.signalCode ?? child.exitCode;
    if (isAttacked && end !== null) return { crashed: crashText(errors(), end) };
    throw new Error(`Cannot measure ${name} under hostile clients: ${errors().slice(-2_000)}`, { cause });
  } finally {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
    await child.exited;
    clearTimeout(timer);
  }
}

/** Returns why a program has crashed: what Go's runtime says, or how it has ended. */
export function crashText(errors: string, end: string | number): string {
  return /^(?:fatal error|panic): .*/m.exec(errors)?.[0] ?? `ended with ${typeof end === "number" ? `status ${end}` : end}`;
}

async function isReady(): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${STATUS_PORT}/healthz/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );
}
