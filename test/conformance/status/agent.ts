import { existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ask } from "./ask.ts";
import type { StatusCase } from "./case.ts";

/** The input of the driver: the expanded case, its directory, and the agent's command line. */
export interface Spec {
  readonly recorded: StatusCase;
  readonly root: string;
  readonly command: readonly string[];
}

/** How the agent and its commands are run: where, and with which environment. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Record<string, string>;
}

/** The agent of a case, running or not. */
export interface Agent {
  /** Its exit status; undefined while it runs. */
  readonly exit: () => number | undefined;
  /** Whether it ever started Envoy. */
  readonly hasLaunched: () => boolean;
  readonly signal: (name: string) => void;
  /** The process ids of the fake Envoys, with any parent. */
  readonly envoys: () => readonly number[];
}

const START_LIMIT = 10_000;

export function surroundings({ recorded, root }: Spec): Surroundings {
  return { cwd: join(root, "w"), env: { PATH: `${join(root, "bin")}:${process.env["PATH"]}`, ...recorded.env } };
}

/** Starts the agent and waits until Envoy runs, the agent has ended, or the start limit is reached. */
export async function startAgent(spec: Spec, args: readonly string[]): Promise<Agent> {
  const { root, command, recorded } = spec;
  const out = openSync(join(root, "stdout"), "a");
  const err = openSync(join(root, "stderr"), "a");
  const child = Bun.spawn([...command, ...args], { ...surroundings(spec), stdio: ["ignore", out, err] });
  const agent: Agent = {
    exit: () => (child.signalCode === null ? (child.exitCode ?? undefined) : 128),
    hasLaunched: () => existsSync(join(root, "rec/waiting")),
    signal: (name) => child.kill(`SIG${name}` as NodeJS.Signals), // names of signals, without SIG
    envoys: () => envoysIn(join(root, "bin/envoy")).filter((pid) => pid !== child.pid),
  };
  const isServing = async () => recorded.withoutEnvoy === true && !("error" in (await ask({ path: "/healthz/ready" })));
  for (const end = performance.now() + START_LIMIT; performance.now() < end; await Bun.sleep(10))
    if (agent.hasLaunched() || agent.exit() !== undefined || (await isServing())) break;
  return agent;
}

/** Returns the processes with the program among their arguments; the case's process namespace has no others of that name. */
function envoysIn(program: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(join("/proc", pid, "cmdline"), "utf8")
          .split("\0")
          .includes(program);
      } catch {
        return false; // gone since the listing
      }
    })
    .map(Number);
}
