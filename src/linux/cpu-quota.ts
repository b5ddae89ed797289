import type { ControllerCgroup } from "./cgroup.ts";

/** The kernel's files of a CPU quota by version of the interface, in the order `cpuQuota` takes their texts. */
export const CPU_FILES: Readonly<Record<ControllerCgroup["version"], readonly string[]>> = {
  1: ["cpu.cfs_quota_us", "cpu.cfs_period_us"],
  2: ["cpu.max"],
};

/** Returns the CPUs that a quota allows, in whole ones and at least one, as Envoy rounds them; undefined where there is no quota. */
export function cpuQuota(texts: readonly string[]): number | undefined {
  const [quota = "", period = ""] = texts.join(" ").trim().split(/\s+/);
  const isQuota = /^\d+$/.test(quota) && /^[1-9]\d*$/.test(period);
  return isQuota ? Math.max(1, Math.floor(Number(quota) / Number(period))) : undefined;
}
