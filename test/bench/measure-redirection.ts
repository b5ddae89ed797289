import { join } from "node:path";
import { $ } from "bun";
import { INJECTED } from "../redirection/arguments.ts";
import { openMachine } from "../redirection/machine.ts";

/** What a run of `istio-iptables` took, in milliseconds. */
export interface Redirection {
  readonly wall: number;
  /** With the programs that it runs. */
  readonly cpu: number;
}

/** The programs that are run, and the number of ports that are left out. */
export interface RedirectionCase {
  readonly programs: "stub" | "real";
  readonly ports: number;
}

export const REDIRECTION_CASES: readonly RedirectionCase[] = (["stub", "real"] as const).flatMap((programs) =>
  [1, 64].map((ports) => ({ programs, ports })),
);

/** Measurements of one case, by the name of the agent. */
export interface RedirectionResult extends RedirectionCase {
  readonly runs: Readonly<Record<string, readonly Redirection[]>>;
}

/** Measures the first redirection of a pod's traffic by agents, in turn, each in namespaces of its own. */
export async function measureRedirection(
  cases: readonly RedirectionCase[],
  directory: string,
  agents: Readonly<Record<string, string>>,
  rounds: number,
): Promise<readonly RedirectionResult[]> {
  const [stopwatch, stub] = [join(directory, "stopwatch"), join(directory, "stub-program")];
  await $`cc -O2 -static -o ${stopwatch} ${join(import.meta.dir, "stopwatch.c")}`;
  await $`cc -O2 -static -o ${stub} ${join(import.meta.dir, "stub-program.c")}`;
  const results: RedirectionResult[] = [];
  for (const each of cases) {
    const runs: Record<string, Redirection[]> = Object.fromEntries(Object.keys(agents).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const [name, agent] of Object.entries(agents)) {
        const taken = await redirectOnce(stopwatch, agent, each.ports, each.programs === "stub" ? stub : undefined);
        // The first is not counted: its files have to be read from the disk.
        if (round > 0 || rounds === 1) runs[name]?.push(taken);
      }
    results.push({ ...each, runs });
  }
  return results;
}

async function redirectOnce(stopwatch: string, agent: string, ports: number, stub: string | undefined): Promise<Redirection> {
  await using machine = await openMachine(stub === undefined ? {} : { stub });
  const excluded = Array.from({ length: ports }, (_, index) => 15_020 + index).join(",");
  const { status, out, err } = await machine.runGranted([stopwatch, agent, ...INJECTED, "-d", excluded]);
  const [wall = Number.NaN, cpu = Number.NaN] = out.split(" ").map((each) => Number(each) / 1e6);
  if (status !== 0) throw new Error(`Cannot measure ${agent} istio-iptables: exit status ${status}: ${err}`);
  return { wall, cpu };
}
