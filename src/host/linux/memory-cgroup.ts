import { bytesIn, cgroupsUpTo, controllerCgroup, lowestLimit, MEMORY_FILES, oomKillsIn } from "../../linux/cgroup.ts";
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
}

/** Reads the baseline after Envoy has been started: five small files. */
export function readBaseline(): Baseline {
  const memory = readMemoryCgroup();
  return Object.freeze(memory === undefined ? {} : { memory });
}

/** Reads the memory cgroup of the agent, which is also that of Envoy; undefined when it cannot be read (contract envoy §7). */
export function readMemoryCgroup(): MemoryState | undefined {
  const found = controllerCgroup("memory", tryReadText("/proc/self/cgroup") ?? "", tryReadText("/proc/self/mountinfo") ?? "");
  const names = found && MEMORY_FILES[found.version];
  const directory = found?.directories.find((path) => tryReadText(`${path}/${names?.usage}`) !== undefined);
  if (found === undefined || names === undefined || directory === undefined) return undefined;
  const read = <T>(name: string, parse: (text: string) => T | undefined) => {
    const text = tryReadText(`${directory}/${name}`);
    return text === undefined ? undefined : parse(text);
  };
  const oomKills = read(names.events, oomKillsIn);
  const limit = lowestLimit(cgroupsUpTo(found.mount, directory).map((path) => tryReadText(`${path}/${names.limit}`) ?? ""));
  const peak = read(names.peak, bytesIn);
  const usage = read(names.usage, bytesIn);
  return Object.freeze({
    ...(oomKills === undefined ? {} : { oomKills }),
    ...(limit === undefined ? {} : { limit }),
    ...(peak === undefined ? {} : { peak }),
    ...(usage === undefined ? {} : { usage }),
  });
}
