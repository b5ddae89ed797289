import { bytesIn, cgroupsUpTo, controllerCgroup, lowestLimit, MEMORY_FILES, oomKillsIn } from "../../linux/cgroup.ts";
import { isEnding } from "../../linux/exit.ts";
import { tryReadText } from "../files/read-file.ts";

/** The state of a memory cgroup; sizes in bytes, each absent when the kernel has no such file. */
export interface MemoryState {
  /** Number of processes that the OOM killer has killed since the cgroup was created. */
  readonly oomKills?: number;
  /** The lowest limit of this cgroup and its visible ancestors; absent when unlimited. */
  readonly limit?: number;
  readonly peak?: number;
  readonly usage?: number;
}

/** The state before an Envoy exits, to which the state afterwards is compared. */
export interface Baseline {
  readonly memory?: MemoryState;
  /** The epoch whose Envoy had been killed, or had ended, before the state was read: it includes what has killed it. */
  readonly lateFor?: number;
}

/** The memory cgroup of the agent, which is also that of Envoy, and the kernel's files in it. */
export interface MemoryCgroup {
  readonly mount: string;
  readonly directory: string;
  readonly names: (typeof MEMORY_FILES)[1 | 2];
}

/** Reads the baseline after the Envoy of an epoch has been started, by its process ID unless it was reaped: a few small files. */
export function readBaseline(epoch: number, pid: number | undefined, cgroup = findMemoryCgroup()): Baseline {
  const memory = readMemoryCgroup(cgroup);
  const status = pid === undefined ? undefined : tryReadText(`/proc/${pid}/status`);
  const isLate = status === undefined || isEnding(status);
  return Object.freeze({ ...(memory && { memory }), ...(isLate && { lateFor: epoch }) });
}

/** Finds the memory cgroup of the agent; undefined when it cannot be read (contract envoy §7). */
export function findMemoryCgroup(): MemoryCgroup | undefined {
  const found = controllerCgroup("memory", tryReadText("/proc/self/cgroup") ?? "", tryReadText("/proc/self/mountinfo") ?? "");
  const names = found && MEMORY_FILES[found.version];
  const directory = found?.directories.find((path) => tryReadText(`${path}/${names?.usage}`) !== undefined);
  if (found === undefined || names === undefined || directory === undefined) return undefined;
  return { mount: found.mount, directory, names };
}

/** Reads the memory cgroup of the agent; undefined when it cannot be read. */
export function readMemoryCgroup(cgroup = findMemoryCgroup()): MemoryState | undefined {
  if (cgroup === undefined) return undefined;
  const { mount, directory, names } = cgroup;
  const read = <T>(name: string, parse: (text: string) => T | undefined) => {
    const text = tryReadText(`${directory}/${name}`);
    return text === undefined ? undefined : parse(text);
  };
  const oomKills = read(names.events, oomKillsIn);
  const limit = lowestLimit(cgroupsUpTo(mount, directory).map((path) => tryReadText(`${path}/${names.limit}`) ?? ""));
  const peak = read(names.peak, bytesIn);
  const usage = read(names.usage, bytesIn);
  return Object.freeze({
    ...(oomKills === undefined ? {} : { oomKills }),
    ...(limit === undefined ? {} : { limit }),
    ...(peak === undefined ? {} : { peak }),
    ...(usage === undefined ? {} : { usage }),
  });
}
