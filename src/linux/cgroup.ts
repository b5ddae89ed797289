/** Where the cgroup of a process that has a controller can be read. */
export interface ControllerCgroup {
  readonly version: 1 | 2;
  /**
   * Directories that may be the cgroup's own, best first: in a container its path may not be visible, and then the mount
   * itself is the cgroup.
   */
  readonly directories: readonly string[];
  /** Where the mount begins; the cgroups between here and the own one limit it too. */
  readonly mount: string;
}

/** The kernel's files by version of the interface; what is read from them is in bytes. */
export const MEMORY_FILES = {
  1: { events: "memory.oom_control", limit: "memory.limit_in_bytes", peak: "memory.max_usage_in_bytes", usage: "memory.usage_in_bytes" },
  2: { events: "memory.events", limit: "memory.max", peak: "memory.peak", usage: "memory.current" },
} as const;

/** Version 1 has no word for "no limit", only a number close to the greatest. */
const NO_LIMIT = 2 ** 60;

interface Mount {
  readonly root: string;
  readonly point: string;
}

/**
 * Returns the cgroup of a process that has a controller such as `memory`, from the texts of its /proc/PID/cgroup and
 * /proc/PID/mountinfo. Where both versions are mounted, the one that has the controller counts. Undefined where none is mounted.
 */
export function controllerCgroup(controller: string, cgroups: string, mountinfo: string): ControllerCgroup | undefined {
  const v1 = pathOf(cgroups, (controllers) => controllers.split(",").includes(controller));
  const v2 = pathOf(cgroups, (controllers) => controllers === "");
  const found =
    placed(1, v1, mountsOf(mountinfo, "cgroup", controller)) ??
    placed(2, v1 === undefined ? v2 : undefined, mountsOf(mountinfo, "cgroup2"));
  return found && Object.freeze(found);
}

function pathOf(cgroups: string, isWanted: (controllers: string) => boolean): string | undefined {
  for (const line of cgroups.split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.+)$/.exec(line) ?? [];
    if (controllers !== undefined && path !== undefined && isWanted(controllers)) return path;
  }
  return undefined;
}

/** The mounts of a type, with an option of their file system where one is asked for (proc(5), mountinfo). */
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

function placed(version: 1 | 2, path: string | undefined, mounts: readonly Mount[]): ControllerCgroup | undefined {
  const isBelow = ({ root }: Mount) => root === "/" || path === root || path?.startsWith(`${root}/`) === true;
  const mount = mounts.find(isBelow) ?? mounts[0];
  if (path === undefined || mount === undefined) return undefined;
  const rest = isBelow(mount) ? path.slice(mount.root === "/" ? 0 : mount.root.length) : "";
  const own = rest === "" || rest === "/" ? [] : [`${mount.point}${rest}`];
  return { version, directories: [...own, mount.point], mount: mount.point };
}

/** The directories of a cgroup and of those above it up to the mount: the limit of each holds. */
export function cgroupsUpTo(mount: string, own: string): readonly string[] {
  return own.startsWith(mount) ? [own, ...cgroupsUpTo(mount, own.slice(0, own.lastIndexOf("/")))] : [];
}

/** How many processes of the cgroup the kernel has killed for lack of memory; undefined where it does not count them. */
export function oomKillsIn(text: string): number | undefined {
  const [, count] = /^oom_kill (\d+)$/m.exec(text) ?? [];
  return count === undefined ? undefined : Number(count);
}

/** The least of these limits in bytes; undefined where none is one. */
export function leastLimit(texts: readonly string[]): number | undefined {
  const limits = texts.flatMap((text) => bytesIn(text) ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** The memory that a process has to itself, in bytes, as its /proc/PID/status says. */
export function anonymousMemoryIn(status: string): number | undefined {
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB/m.exec(status) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** A number of bytes; undefined for no limit. */
export function bytesIn(text: string): number | undefined {
  const word = text.trim();
  const bytes = /^\d+$/.test(word) ? Number(word) : undefined;
  return bytes === undefined || bytes >= NO_LIMIT ? undefined : bytes;
}
