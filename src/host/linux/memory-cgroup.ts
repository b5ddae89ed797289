import { bytesIn, cgroupsUpTo, controllerCgroup, lowestLimit, MEMORY_FILES, oomKillsIn } from "../../linux/cgroup.ts";
import { tryReadText } from "../files/read-file.ts";

/** What the kernel tells of a memory cgroup now; sizes in bytes, each absent where the kernel has no such file. */
export interface MemoryState {
  /** Processes killed for lack of memory since the cgroup was made. */
  readonly oomKills?: number;
  /** The least limit of this cgroup and of those above it that can be seen; absent for none. */
  readonly limit?: number;
  readonly peak?: number;
  readonly usage?: number;
}

/** What has to be known from before an end, to tell why it came. */
export interface Baseline {
  readonly memory?: MemoryState;
}

/** To be taken when Envoy has been started: the counters of its cgroup (five small files). */
export function readBaseline(): Baseline {
  const memory = readMemoryCgroup();
  return Object.freeze(memory === undefined ? {} : { memory });
}

/** The memory cgroup of the agent, which is Envoy's too; undefined where none can be read (contract envoy §7). */
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
