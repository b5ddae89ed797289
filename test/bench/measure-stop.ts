import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { IN_OWN_NETWORK } from "./isolation.ts";
import type { Subject } from "./subjects.ts";

/** A stop of an idle proxy: the time beyond the contracts' default drain, in milliseconds. */
export interface Stop {
  /** From SIGTERM to the agent until SIGTERM to Envoy. */
  readonly signalled: number;
  /** Until the agent has exited. */
  readonly ended: number;
}

/** The default drain of both releases. */
const DRAIN = 5_000;
const LIMIT = 30_000;
const REPORT = 16;

/** Measures stops of all subjects in parallel, by name. @throws Error for one that does not start or does not signal its Envoy */
export async function measureStop(
  directory: string,
  subjects: readonly Subject[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Stop[]>> {
  const stops = new Map<string, Stop[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    await Promise.all(
      subjects.map(async (subject, index) => {
        stops.get(subject.name)?.push(await stopOnce(join(directory, `stop-${index}`), subject));
      }),
    );
  return stops;
}

async function stopOnce(record: string, { name, command, pod }: Subject): Promise<Stop> {
  rmSync(record, { force: true });
  const child = Bun.spawn([...IN_OWN_NETWORK, ...command], {
    cwd: pod.directory,
    env: { ...pod.environment, BENCH_RECORD: record, BENCH_SLEEP: "1" },
    stdio: ["ignore", Bun.file(`${record}.log`), Bun.file(`${record}.errors`)],
  });
  const limit = Date.now() + LIMIT;
  while (sizeOf(record) < REPORT && child.exitCode === null && Date.now() < limit) await Bun.sleep(10);
  // Work after the start is not part of the stop.
  await Bun.sleep(500);
  const asked = now();
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  await child.exited;
  clearTimeout(timer);
  const ended = now();
  if (sizeOf(record) < 2 * REPORT)
    throw new Error(`Cannot measure a stop of ${name}: its Envoy got no SIGTERM\n${readFileSync(`${record}.errors`, "utf8")}`);
  const signalled = Number(readFileSync(record).readBigInt64LE(REPORT)) / 1e6;
  return { signalled: signalled - asked - DRAIN, ended: ended - asked - DRAIN };
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** Returns the wall clock in milliseconds, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
