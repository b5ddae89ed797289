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
  /** Files that it has written, for example of its epochs, and abstract sockets of its Envoys. */
  readonly files: readonly string[];
  /** Children that are zombies. */
  readonly zombies: readonly number[];
}

/** Measures an agent by the ids of its process and of its Envoys; `files`: what it has written and not removed. */
export function holdingOf(pid: number, envoys: readonly number[], files: readonly string[]): Holding {
  return {
    memory: memoryOf(pid).privateDirty,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    files,
    zombies: envoys.filter(isZombie),
  };
}

/** Files of the epochs, in the temporary directory and in /dev/shm, and abstract sockets of the Envoys. */
export function filesLeft({ directory, log }: Sidecar, temporary: string): readonly string[] {
  const [, baseId = ""] = /--base-id (\d+)/.exec(log()) ?? [];
  return [
    ...readdirSync(join(directory, "proxy"), { recursive: true }).map(String),
    ...readdirSync(temporary, { recursive: true }).map(String),
    ...readdirSync("/dev/shm").filter((name) => name === `envoy_shared_memory_${baseId}0`),
    ...envoySockets("/proc/net/unix", `${baseId}[012]`),
  ];
}

/** The abstract sockets of Envoys in a table of the kernel, by their numbers: base-id × 10 + epoch mod 3. */
export function envoySockets(table: string, numbers: string): readonly string[] {
  return [...new Set(readFileSync(table, "latin1").match(new RegExp(`@envoy_domain_socket_\\w+_${numbers}(?!\\d)`, "g")))];
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
