/** Where to read the cgroup of a process for a controller. */
export interface ControllerCgroup {
  readonly version: 1 | 2;
  /** Directories to try in order: inside a container the cgroup's path may not be visible, and the mount itself is the cgroup. */
  readonly directories: readonly string[];
  /** The mount point; every cgroup between it and the process's own limits the process too. */
  readonly mount: string;
  /** Whether the mount contains the cgroup; if not, its first directory is another cgroup's for any process but this one. */
  readonly isVisible: boolean;
}

/** The kernel's files by cgroup version; their values are in bytes. */
export const MEMORY_FILES = {
  1: { events: "memory.oom_control", limit: "memory.limit_in_bytes", peak: "memory.max_usage_in_bytes", usage: "memory.usage_in_bytes" },
  2: { events: "memory.events", limit: "memory.max", peak: "memory.peak", usage: "memory.current" },
} as const;

/** Version 1 expresses "no limit" only as a number close to the maximum. */
const NO_LIMIT = 2 ** 60;

interface Mount {
  readonly root: string;
  readonly point: string;
}

/**
 * Returns the cgroup of a process for a controller such as `memory`, from the texts of /proc/PID/cgroup and /proc/PID/mountinfo. If both
 * versions are mounted, the one with the controller counts. Returns undefined if neither is mounted.
 */
export function controllerCgroup(controller: string, cgroups: string, mountinfo: string): ControllerCgroup | undefined {
  const v1 = cgroupPath(cgroups, (controllers) => controllers.split(",").includes(controller));
  const v2 = cgroupPath(cgroups, (controllers) => controllers === "");
  const found =
    locateCgroup(1, v1, mountsOf(mountinfo, "cgroup", controller)) ??
    locateCgroup(2, v1 === undefined ? v2 : undefined, mountsOf(mountinfo, "cgroup2"));
  return found && Object.freeze(found);
}

function cgroupPath(cgroups: string, isWanted: (controllers: string) => boolean): string | undefined {
  for (const line of cgroups.split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.+)$/.exec(line) ?? [];
    if (controllers !== undefined && path !== undefined && isWanted(controllers)) return path;
  }
  return undefined;
}

/** Returns the mounts of a file system type, optionally only those with a mount option (proc(5), mountinfo). */
function mountsOf(mountinfo: string, type: string, option?: string): readonly Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const [, , , root, point] = left.split(" ");
    const [fsType, , options = ""] = right.split(" ");
    const isWanted = fsType === type && (option === undefined || options.split(",").includes(option));
    return isWanted && root !== undefined && point !== undefined ? [{ root: unescaped(root), point: unescaped(point) }] : [];
  });
}

function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function locateCgroup(version: 1 | 2, path: string | undefined, mounts: readonly Mount[]): ControllerCgroup | undefined {
  const containsPath = ({ root }: Mount) => root === "/" || path === root || path?.startsWith(`${root}/`) === true;
  const mount = mounts.find(containsPath) ?? mounts[0];
  if (path === undefined || mount === undefined) return undefined;
  const rest = containsPath(mount) ? path.slice(mount.root === "/" ? 0 : mount.root.length) : "";
  const own = rest === "" || rest === "/" ? [] : [`${mount.point}${rest}`];
  return { version, directories: [...own, mount.point], mount: mount.point, isVisible: containsPath(mount) };
}

/** Returns the directories of a cgroup and its ancestors up to the mount; the limit of each applies. */
export function cgroupsUpTo(mount: string, own: string): readonly string[] {
  return own.startsWith(mount) ? [own, ...cgroupsUpTo(mount, own.slice(0, own.lastIndexOf("/")))] : [];
}

/** Returns how many processes of the cgroup the OOM killer has killed; undefined if the kernel does not count them. */
export function oomKillsIn(text: string): number | undefined {
  const [, count] = /^oom_kill (\d+)$/m.exec(text) ?? [];
  return count === undefined ? undefined : Number(count);
}

/** Returns the lowest of these limits in bytes; undefined if there is no limit. */
export function lowestLimit(texts: readonly string[]): number | undefined {
  const limits = texts.flatMap((text) => bytesIn(text) ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** For work that can wait: calls back when the memory of the container has room, at the latest after a second. */
export type WhenRoom = (act: () => void) => void;

/** Bytes that a short piece of work of the agent, and what Envoy may take meanwhile, fill at most. */
const ROOM = 4 * 1024 ** 2;

/** Returns whether a cgroup with this usage and limit in bytes has room for a short piece of work; `cached`: what the kernel can free. */
export function hasRoom(usage: number, limit: number, cached = 0): boolean {
  return usage - cached + ROOM <= limit;
}

/**
 * Returns the bytes of cached files, which the kernel frees when memory is needed, from a `memory.stat` of either version. Those of version 1
 * count the cgroups below, as its usage does, only in lines of their own.
 */
export function cachedIn(stat: string): number {
  const counts = [...stat.matchAll(/^(total_)?(?:in)?active_file (\d+)$/gm)];
  const totals = counts.filter(([, total]) => total !== undefined);
  return (totals.length > 0 ? totals : counts).reduce((sum, [, , bytes]) => sum + Number(bytes), 0);
}

/** Returns the anonymous memory of a process in bytes, from its /proc/PID/status. */
export function anonymousMemoryIn(status: string): number | undefined {
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB/m.exec(status) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Parses a number of bytes; undefined for "no limit". */
export function bytesIn(text: string): number | undefined {
  const word = text.trim();
  const bytes = /^\d+$/.test(word) ? Number(word) : undefined;
  return bytes === undefined || bytes >= NO_LIMIT ? undefined : bytes;
}
