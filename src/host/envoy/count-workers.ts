import { workerCount } from "../../envoy/worker-count.ts";
import type { Environment } from "../../inputs/environment.ts";
import { controllerCgroup } from "../../linux/cgroup.ts";
import { CPU_FILES, cpuQuota } from "../../linux/cpu-quota.ts";
import { tryReadText } from "../files/read-file.ts";

/** Returns the number of workers of an Envoy without `--concurrency`, from its CPU affinity and the CPU quota of its cgroup. */
export function countWorkers(environment: Environment): number {
  return workerCount(navigator.hardwareConcurrency, ownQuota(tryReadText), environment.get("ENVOY_CGROUP_CPU_DETECTION"));
}

/** Returns the CPU quota of this process's cgroup; undefined when there is none. */
export function ownQuota(read: (path: string) => string | undefined): number | undefined {
  const found = controllerCgroup("cpu", read("/proc/self/cgroup") ?? "", read("/proc/self/mountinfo") ?? "");
  if (found === undefined) return undefined;
  for (const directory of found.directories) {
    const texts = CPU_FILES[found.version].map((name) => read(`${directory}/${name}`));
    if (texts.every((text) => text !== undefined)) return cpuQuota(texts);
  }
  return undefined;
}
