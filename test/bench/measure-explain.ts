import { join } from "node:path";
import { ROOT } from "../support/subject.ts";

/** One command. */
export interface ExplainCase {
  readonly name: string;
  readonly args: readonly string[];
  /** How long it may take on a quiet machine, in milliseconds. */
  readonly limit: number;
}

/** How long a command took from exec to exit, in milliseconds. */
export interface ExplainRun {
  readonly wall: number;
  readonly cpu: number;
}

/** A pod with all that the injector of a release sets: 50 inputs. */
const POD = join(ROOT, "test/pod/fixtures/sidecar-1.30.yaml");

export const EXPLAIN_CASES: readonly ExplainCase[] = [
  { name: "explain --all", args: ["explain", "--all"], limit: 1_000 },
  { name: "explain --html", args: ["explain", "--html", "-"], limit: 1_500 },
  { name: "explain node.cluster", args: ["explain", "node.cluster"], limit: 150 },
];

/** Measures commands about the pod of a full sidecar, in turn. @throws Error for a command that fails */
export function measureExplain(attache: string, rounds: number): ReadonlyMap<string, readonly ExplainRun[]> {
  const runs = new Map<string, ExplainRun[]>(EXPLAIN_CASES.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const { name, args } of EXPLAIN_CASES) {
      const start = performance.now();
      const { exitCode, stderr, resourceUsage } = Bun.spawnSync([attache, ...args, "--from-file", POD], { env: {} });
      const wall = performance.now() - start;
      if (exitCode !== 0) throw new Error(`Cannot measure ${name}: exit status ${exitCode}\n${stderr.toString()}`);
      runs.get(name)?.push({ wall, cpu: Number(resourceUsage.cpuTime.total) / 1_000 });
    }
  return runs;
}
