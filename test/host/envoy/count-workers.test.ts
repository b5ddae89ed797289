import { expect, test } from "bun:test";
import { ownQuota } from "../../../src/host/envoy/count-workers.ts";

const V2 = "41 31 0:38 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
const V1 = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n";

test.each<[string, Readonly<Record<string, string>>, number | undefined]>([
  ["of the own cgroup", { "/proc/self/cgroup": "0::/a\n", "/proc/self/mountinfo": V2, "/sys/fs/cgroup/a/cpu.max": "300000 100000\n" }, 3],
  [
    "of the mount if its own cgroup is not visible",
    { "/proc/self/cgroup": "0::/a\n", "/proc/self/mountinfo": V2, "/sys/fs/cgroup/cpu.max": "200000 100000\n" },
    2,
  ],
  [
    "of the own cgroup, not of its parents",
    {
      "/proc/self/cgroup": "0::/a\n",
      "/proc/self/mountinfo": V2,
      "/sys/fs/cgroup/a/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/cpu.max": "200000 100000\n",
    },
    undefined,
  ],
  [
    "of version 1, from two files",
    {
      "/proc/self/cgroup": "5:cpu:/a\n0::/\n",
      "/proc/self/mountinfo": V1,
      "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "400000\n",
      "/sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
    },
    4,
  ],
  [
    "of version 1, not from one file alone",
    { "/proc/self/cgroup": "5:cpu:/a\n", "/proc/self/mountinfo": V1, "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "400000\n" },
    undefined,
  ],
  ["without a cgroup", {}, undefined],
])("the quota %s", (_, files, cpus) => {
  expect(ownQuota((path) => files[path])).toBe(cpus);
});
