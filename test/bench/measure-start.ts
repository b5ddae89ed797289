import { readFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import type { Programs, Subject } from "./subjects.ts";

/** One start, in milliseconds. */
export interface Start {
  readonly wall: number;
  readonly cpu: number;
}

const WARM_UPS = 3;

/**
 * Measures starts of every subject, by name: one of each per round, so that load from elsewhere affects them alike.
 * @throws Error with the end of its log for a subject that does not start its Envoy
 */
export async function measureStart(
  directory: string,
  programs: Programs,
  subjects: readonly Subject[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Start[]>> {
  const record = join(directory, "record");
  await $`mkfifo ${record}`;
  const starts = new Map<string, Start[]>(subjects.map(({ name }) => [name, []]));
  for (let round = -WARM_UPS; round < rounds; round++)
    for (const subject of subjects) {
      const start = await startOnce(programs.launcher, record, join(directory, "start.log"), subject);
      if (round >= 0) starts.get(subject.name)?.push(start);
    }
  return starts;
}

async function startOnce(launcher: string, record: string, log: string, { name, command, pod }: Subject): Promise<Start> {
  const child = Bun.spawn([launcher, record, log, ...command], {
    cwd: pod.directory,
    env: { ...pod.environment, BENCH_RECORD: record },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const [wall, cpu] = text.split(" ").map(Number);
  if (wall === undefined || cpu === undefined)
    throw new Error(`Cannot measure ${name}: it ${problem.trim()} before its Envoy was started\n${readFileSync(log, "utf8")}`);
  return { wall: wall / 1e6, cpu: cpu / 1e6 };
}
