import { describe, expect, test } from "bun:test";
import {
  anonymousMemoryIn,
  bytesIn,
  cachedIn,
  cgroupsUpTo,
  controllerCgroup,
  hasRoom,
  lowestLimit,
  oomKillsIn,
} from "../../src/linux/cgroup.ts";

const v1Mount = (root: string, point = "/sys/fs/cgroup/memory") =>
  `32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n35 31 0:32 ${root} ${point} rw,relatime shared:9 - cgroup cgroup rw,memory\n`;
const v2Mount = (root: string, point = "/sys/fs/cgroup") => `41 31 0:38 ${root} ${point} ro,nosuid - cgroup2 cgroup rw,nsdelegate\n`;

describe("controllerCgroup", () => {
  test.each<[name: string, cgroups: string, mountinfo: string, version: 1 | 2, directories: readonly string[]]>([
    [
      "v2, a service of a host",
      "0::/system.slice/a.service\n",
      v2Mount("/"),
      2,
      ["/sys/fs/cgroup/system.slice/a.service", "/sys/fs/cgroup"],
    ],
    ["v2, a container with a cgroup namespace", "0::/\n", v2Mount("/"), 2, ["/sys/fs/cgroup"]],
    ["v2, a container without one", "0::/kubepods/pod1/c1\n", v2Mount("/kubepods/pod1/c1"), 2, ["/sys/fs/cgroup"]],
    [
      "v2, below a container without one",
      "0::/kubepods/pod1/c1/sub\n",
      v2Mount("/kubepods/pod1/c1"),
      2,
      ["/sys/fs/cgroup/sub", "/sys/fs/cgroup"],
    ],
    ["v2, beside its cgroup namespace", "0::/../other\n", v2Mount("/.."), 2, ["/sys/fs/cgroup/other", "/sys/fs/cgroup"]],
    ["v2, a mount of something else", "0::/kubepods/pod10\n", v2Mount("/kubepods/pod1"), 2, ["/sys/fs/cgroup"]],
    ["v1", "5:cpu:/a\n4:memory:/b/c\n0::/\n", v1Mount("/"), 1, ["/sys/fs/cgroup/memory/b/c", "/sys/fs/cgroup/memory"]],
    ["v1, two controllers together", "4:hugetlb,memory:/\n", v1Mount("/"), 1, ["/sys/fs/cgroup/memory"]],
    ["v1, a container", "4:memory:/docker/c1\n", v1Mount("/docker/c1"), 1, ["/sys/fs/cgroup/memory"]],
    ["both, memory in v1", "4:memory:/a\n0::/b\n", v2Mount("/") + v1Mount("/"), 1, ["/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory"]],
    ["both, memory in v2", "4:cpu:/a\n0::/b\n", v2Mount("/", "/u") + v1Mount("/"), 2, ["/u/b", "/u"]],
    ["two mounts", "0::/a/b\n", v2Mount("/x", "/one") + v2Mount("/a", "/two"), 2, ["/two/b", "/two"]],
    ["a mount with a blank", "0::/a\n", v2Mount("/", "/my\\040mount"), 2, ["/my mount/a", "/my mount"]],
    ["a path with a colon", "0::/a:b\n", v2Mount("/"), 2, ["/sys/fs/cgroup/a:b", "/sys/fs/cgroup"]],
  ])("%s", (name, cgroups, mountinfo, version, directories) => {
    const isVisible = name !== "v2, a mount of something else";
    expect(controllerCgroup("memory", cgroups, mountinfo)).toEqual({ version, directories, mount: directories.at(-1) ?? "", isVisible });
  });

  test.each([
    ["nothing known", "", ""],
    ["no mount", "0::/a\n", "1 2 3:4 / / rw - ext4 /dev/root rw\n"],
    ["memory in v1, mounted only v2", "4:memory:/a\n0::/\n", v2Mount("/")],
    ["no cgroup", "", v2Mount("/")],
  ])("%s", (_, cgroups, mountinfo) => {
    expect(controllerCgroup("memory", cgroups, mountinfo)).toBeUndefined();
  });
});

test.each([
  ["oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", 3],
  ["low 0\nhigh 1\nmax 22\noom 2\noom_kill 2\noom_group_kill 0\n", 2],
  ["oom_kill_disable 0\nunder_oom 0\n", undefined],
  ["", undefined],
])("oomKillsIn(%j)", (text, count) => {
  expect(oomKillsIn(text)).toBe(count);
});

test.each([
  ["268435456\n", 268_435_456],
  ["0\n", 0],
  ["max\n", undefined],
  ["9223372036854771712\n", undefined],
  ["", undefined],
])("bytesIn(%j)", (text, bytes) => {
  expect(bytesIn(text)).toBe(bytes);
});

test.each([
  ["/sys/fs/cgroup", "/sys/fs/cgroup/a/b", ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"]],
  ["/sys/fs/cgroup", "/sys/fs/cgroup", ["/sys/fs/cgroup"]],
])("the cgroups from %s to %s", (mount, own, paths) => {
  expect(cgroupsUpTo(mount, own)).toEqual(paths);
});

test.each([
  [["300\n", "100\n", "max\n", "200\n"], 100],
  [["max\n", "9223372036854771712\n", ""], undefined],
  [[], undefined],
])("lowestLimit(%j)", (texts, bytes) => {
  expect(lowestLimit(texts)).toBe(bytes);
});

test.each([
  ["anon 1\nfile 2\ninactive_file 30\nactive_file 4\ninactive_anon 5\nworkingset_refault_file 6\n", 34],
  ["inactive_file 30", 30],
  ["cache 9\ninactive_file 1\nactive_file 2\nhierarchical_memory_limit 8\ntotal_inactive_file 3\ntotal_active_file 4\n", 7],
  ["inactive_file x\n", 0],
  ["", 0],
])("the cached files of %p are %p bytes", (stat, bytes) => {
  expect(cachedIn(stat)).toBe(bytes);
});

test.each([
  [60, 64, true],
  [60.01, 64, false],
  [64, 64, false],
  [0, 3, false],
])("%p MiB of %p MiB in use: room is %p", (usage, limit, room) => {
  expect(hasRoom(usage * 1024 ** 2, limit * 1024 ** 2)).toBe(room);
});

test.each([
  ["VmRSS:\t   90000 kB\nRssAnon:\t   40000 kB\nRssFile:\t   50000 kB\n", 40_960_000],
  ["Name:\tkthreadd\n", undefined],
])("anonymousMemoryIn(%j)", (status, bytes) => {
  expect(anonymousMemoryIn(status)).toBe(bytes);
});
