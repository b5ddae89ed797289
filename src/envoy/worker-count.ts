/**
 * Returns how many workers an Envoy without `--concurrency` runs: one for each CPU it may use (Envoy 1.37 and later; before,
 * a quota did not count). `detection` is Envoy's variable ENVOY_CGROUP_CPU_DETECTION.
 */
export function workerCount(cpus: number, quota: number | undefined, detection: string | undefined): number {
  return detection?.toLowerCase() === "false" || quota === undefined ? cpus : Math.min(cpus, quota);
}
