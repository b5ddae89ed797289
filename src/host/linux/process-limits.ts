import { type ControllerCgroup, cgroupsUpTo, controllerCgroup, lowestLimit, MEMORY_FILES } from "../../linux/cgroup.ts";
import { CPU_FILES, cpuQuota } from "../../linux/cpu-quota.ts";
import type { ProcessLimits } from "../../pod/running-process.ts";
import { tryReadText } from "../files/read-file.ts";
import type { RootFiles } from "../files/root-files.ts";

/** Where a cgroup of another process is: a directory, the mount that it is below, and how its files are read. */
interface Place {
  readonly version: ControllerCgroup["version"];
  readonly own: string;
  readonly mount: string;
  readonly read: (path: string) => string | undefined;
}

/** Returns the limits of a process's cgroup and of those above it. */
export function processLimits(pid: number, files: RootFiles): ProcessLimits {
  const memory = placeOf(pid, "memory", files);
  const cpu = placeOf(pid, "cpu", files);
  const limit =
    memory &&
    lowestLimit(cgroupsUpTo(memory.mount, memory.own).map((each) => memory.read(`${each}/${MEMORY_FILES[memory.version].limit}`) ?? ""));
  const quotas = cpu === undefined ? [] : cgroupsUpTo(cpu.mount, cpu.own).flatMap((each) => cpuQuota(textsIn(cpu, each)) ?? []);
  return { ...(quotas.length === 0 ? {} : { cpus: Math.min(...quotas) }), ...(limit === undefined ? {} : { memory: limit }) };
}

function textsIn({ version, read }: Place, directory: string): readonly string[] {
  return CPU_FILES[version].map((name) => read(`${directory}/${name}`) ?? "");
}

/** Returns the cgroup as this process sees it or, where it is outside of what is mounted here, as the other process sees it. */
function placeOf(pid: number, controller: "memory" | "cpu", files: RootFiles): Place | undefined {
  const cgroups = tryReadText(`/proc/${pid}/cgroup`) ?? "";
  const here = controllerCgroup(controller, cgroups, tryReadText("/proc/self/mountinfo") ?? "");
  const [own = ""] = here?.directories ?? [];
  // A path with `..` is that of a cgroup outside of the one that is the root here.
  if (here?.isVisible && !own.includes("/..") && isThere(here, own))
    return { version: here.version, own, mount: here.mount, read: tryReadText };
  const there = controllerCgroup(controller, cgroups, tryReadText(`/proc/${pid}/mountinfo`) ?? "");
  const read = (path: string) => {
    const found = files.read(path);
    return found.kind === "text" ? found.text : undefined;
  };
  return there && { version: there.version, own: there.mount, mount: there.mount, read };
}

function isThere({ version }: ControllerCgroup, directory: string): boolean {
  return tryReadText(`${directory}/${version === 2 ? "cgroup.procs" : "tasks"}`) !== undefined;
}
