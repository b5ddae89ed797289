import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { memoryOf } from "../bench/measure-idle.ts";
import type { Sidecar } from "../support/sidecar.ts";

/** The resources of an agent at one moment. */
export interface Holding {
  /** Private memory, in MB. */
  readonly memory: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Files of the epochs, in the temporary directory and in /dev/shm, and abstract sockets of its Envoys. */
  readonly files: readonly string[];
  /** Children that are zombies. */
  readonly zombies: readonly number[];
}

/** Measures the agent of a sidecar with a temporary directory. */
export function holdingOf(sidecar: Sidecar, temporary: string): Holding {
  const { agent, envoys } = sidecar;
  return {
    memory: memoryOf(agent.pid).privateDirty,
    descriptors: readdirSync(`/proc/${agent.pid}/fd`).length,
    threads: readdirSync(`/proc/${agent.pid}/task`).length,
    files: filesLeft(sidecar, temporary),
    zombies: envoys().filter(isZombie),
  };
}

/** Files of the epochs, in the temporary directory and in /dev/shm, and abstract sockets of the Envoys. */
export function filesLeft({ directory, log }: Sidecar, temporary: string): readonly string[] {
  const [, baseId = ""] = /--base-id (\d+)/.exec(log()) ?? [];
  return [
    ...readdirSync(join(directory, "proxy"), { recursive: true }).map(String),
    ...readdirSync(temporary, { recursive: true }).map(String),
    ...readdirSync("/dev/shm").filter((name) => name === `envoy_shared_memory_${baseId}0`),
    ...socketsOf(baseId),
  ];
}

/** The sockets of Envoys with a base-id have the numbers base-id × 10 + epoch mod 3. */
function socketsOf(baseId: string): readonly string[] {
  const table = readFileSync("/proc/net/unix", "latin1");
  return [...new Set(table.match(new RegExp(`@envoy_domain_socket_\\w+_${baseId}[012](?!\\d)`, "g")))];
}

function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false; // it has been waited for since
  }
}

/** Returns the minimum of several measurements, which excludes what a response in progress needs. */
export async function atRest(look: () => Holding): Promise<Holding> {
  const looks: Holding[] = [];
  for (let count = 0; count < LOOKS; count++) {
    looks.push(look());
    await Bun.sleep(APART);
  }
  const least = (of: (holding: Holding) => number) => Math.min(...looks.map(of));
  const [first, ...others] = looks.toSorted((one, other) => one.files.length - other.files.length);
  return {
    memory: least(({ memory }) => memory),
    descriptors: least(({ descriptors }) => descriptors),
    threads: least(({ threads }) => threads),
    files: first?.files ?? [],
    zombies: (first?.zombies ?? []).filter((pid) => others.every(({ zombies }) => zombies.includes(pid))),
  };
}

const LOOKS = 20;
/** In milliseconds; all measurements together take longer than any response. */
const APART = 200;
