import type { ControllerCgroup } from "./cgroup.ts";

/** The kernel's files for a CPU quota by cgroup version, in the order `cpuQuota` expects their texts. */
export const CPU_FILES: Readonly<Record<ControllerCgroup["version"], readonly string[]>> = {
  1: ["cpu.cfs_quota_us", "cpu.cfs_period_us"],
  2: ["cpu.max"],
};

/** Returns the number of CPUs a quota allows, rounded down as Envoy does, at least 1; undefined without a quota. */
export function cpuQuota(texts: readonly string[]): number | undefined {
  const [quota = "", period = ""] = texts.join(" ").trim().split(/\s+/);
  const isQuota = /^\d+$/.test(quota) && /^[1-9]\d*$/.test(period);
  return isQuota ? Math.max(1, Math.floor(Number(quota) / Number(period))) : undefined;
}
