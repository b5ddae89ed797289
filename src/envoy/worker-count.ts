/**
 * Returns how many workers Envoy runs without `--concurrency`: one per CPU it may use (1.37 and later; earlier releases ignore the quota).
 * `detection` is ENVOY_CGROUP_CPU_DETECTION.
 */
export function workerCount(cpus: number, quota: number | undefined, detection: string | undefined): number {
  return detection?.toLowerCase() === "false" || quota === undefined ? cpus : Math.min(cpus, quota);
}
