import { controllerCgroup } from "../../envoy/cgroup-texts.ts";
import { CPU_FILES, cpuQuota, workerCount } from "../../envoy/worker-count.ts";
import type { Environment } from "../../inputs/environment.ts";
import { textIn } from "../read-file.ts";

/** Returns how many workers an Envoy without `--concurrency` runs here: by its CPU affinity, and by the quota of its own cgroup. */
export function countWorkers(environment: Environment): number {
  return workerCount(navigator.hardwareConcurrency, ownQuota(), environment.get("ENVOY_CGROUP_CPU_DETECTION"));
}

function ownQuota(): number | undefined {
  const found = controllerCgroup("cpu", textIn("/proc/self/cgroup") ?? "", textIn("/proc/self/mountinfo") ?? "");
  for (const directory of found?.directories ?? []) {
    const texts = CPU_FILES[found?.version ?? 2].map((name) => textIn(`${directory}/${name}`));
    if (texts.every((text) => text !== undefined)) return cpuQuota(texts);
  }
  return undefined;
}
