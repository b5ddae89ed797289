import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { IN_OWN_NETWORK } from "./isolation.ts";
import type { Subject } from "./subjects.ts";

/** A supervisor whose Envoy sleeps; memory in MB, all but the first after it has settled. */
export interface Idle {
  /** Private dirty memory a few seconds after the start, when the runtime still reserves 0.5 MB for heap growth. */
  readonly afterStart: number;
  readonly peakResident: number;
  readonly resident: number;
  readonly privateDirty: number;
  readonly threads: number;
  /** Context switches of all threads within 10 s, after it has settled. */
  readonly wakeUps: number;
}

const START_LIMIT = 30_000;
const AFTER_START = 3_000;
// The runtime returns its reserve 10 s after its last use, and its timers stop about half a minute after the last work.
const SETTLED_AT = 35_000;
const WATCH = 10_000;

/**
 * Measures all subjects at rest, in parallel, each in its own network namespace, by name.
 * @throws Error for one that does not start or ends early
 */
export async function measureIdle(directory: string, subjects: readonly Subject[]): Promise<ReadonlyMap<string, Idle>> {
  return new Map(
    await Promise.all(
      subjects.map(async (subject, index) => [subject.name, await rest(join(directory, `idle-${index}`), subject)] as const),
    ),
  );
}

async function rest(record: string, { name, command, pod }: Subject): Promise<Idle> {
  rmSync(record, { force: true });
  const log = `${record}.log`;
  // Every program replaces the previous one by exec, so this is the agent's process.
  const child = Bun.spawn([...IN_OWN_NETWORK, ...command], {
    cwd: pod.directory,
    env: { ...pod.environment, BENCH_RECORD: record, BENCH_SLEEP: "1" },
    stdio: ["ignore", Bun.file(log), Bun.file(`${log}.errors`)],
  });
  try {
    const limit = Date.now() + START_LIMIT;
    while (!existsSync(record) && child.exitCode === null && Date.now() < limit) await Bun.sleep(20);
    await Bun.sleep(AFTER_START);
    if (child.exitCode !== null || child.signalCode !== null || !existsSync(record))
      throw new Error(`Cannot measure ${name} at rest: it does not run\n${readFileSync(`${log}.errors`, "utf8")}`);
    const afterStart = memoryOf(child.pid).privateDirty;
    await Bun.sleep(SETTLED_AT - AFTER_START);
    const memory = memoryOf(child.pid);
    const wakeUps = await wakeUpsOf(child.pid);
    return { ...memory, afterStart, threads: switchesOf(child.pid).size, wakeUps };
  } finally {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 1_000);
    await child.exited;
    clearTimeout(timer);
    endEnvoy(record);
  }
}

/** Returns the memory of a process in MB. */
export function memoryOf(pid: number): Pick<Idle, "peakResident" | "resident" | "privateDirty"> {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return {
    peakResident: residentOf(pid, "VmHWM"),
    resident: residentOf(pid, "VmRSS"),
    privateDirty: megabytes(rollup, "Private_Dirty"),
  };
}

/** Returns the resident memory of a process in MB, current or peak. */
export function residentOf(pid: number, which: "VmRSS" | "VmHWM"): number {
  return megabytes(readFileSync(`/proc/${pid}/status`, "utf8"), which);
}

function megabytes(text: string, name: string): number {
  return (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1024) / 1e6;
}

/** Returns the context switches of all threads of a process within the next 10 s. */
export async function wakeUpsOf(pid: number): Promise<number> {
  const before = switchesOf(pid);
  await Bun.sleep(WATCH);
  return [...switchesOf(pid)].reduce((sum, [thread, count]) => sum + count - (before.get(thread) ?? 0), 0);
}

/** Returns the context switches of each thread of a process. */
function switchesOf(pid: number): ReadonlyMap<string, number> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      const counts = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8").matchAll(/ctxt_switches:\s+(\d+)/g);
      return [thread, [...counts].reduce((sum, [, count]) => sum + Number(count), 0)];
    }),
  );
}

/** Kills the Envoy of a killed agent, identified by its environment. */
function endEnvoy(record: string): void {
  for (const pid of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    try {
      if (Number(pid) !== process.pid && readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`BENCH_RECORD=${record}`))
        process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended, or belongs to another process.
    }
  }
}
