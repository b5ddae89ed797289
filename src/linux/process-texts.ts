/** What a program needs to know about a process before it reads more of it. */
export interface ProcessState {
  readonly parent: number;
  /** Its real user ID, in the reader's user namespace. */
  readonly uid: number;
  readonly isZombie: boolean;
  readonly isKernelThread: boolean;
  /** When it was started, in ticks since boot: a process with the same ID and another time is another process. */
  readonly startTime: string;
}

const PF_KTHREAD = 0x0020_0000;
/** Positions after the name of the program in /proc/PID/stat. */
const STAT = { state: 0, parent: 1, flags: 6, startTime: 19 } as const;

/** Returns the state of a process, from the texts of its /proc/PID/stat and status. */
export function processState(stat: string, status: string): ProcessState {
  // The name is in parentheses and may contain anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    parent: Number(fields[STAT.parent]),
    uid: Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    isZombie: fields[STAT.state] === "Z" || fields[STAT.state] === "X",
    isKernelThread: (Number(fields[STAT.flags]) & PF_KTHREAD) !== 0,
    startTime: fields[STAT.startTime] ?? "",
  };
}

/** Returns the arguments in the text of /proc/PID/cmdline. */
export function commandLine(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}

/** Returns the variables in the text of /proc/PID/environ, in their order. */
export function environmentPairs(text: string): readonly (readonly [name: string, value: string])[] {
  return text.split("\0").flatMap((entry) => {
    const at = entry.indexOf("=", 1);
    return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)] as const] : [];
  });
}

/** Returns a user ID as a process of another user namespace sees it, by the text of its /proc/PID/uid_map. */
export function insideUserId(uid: number, map: string): number {
  for (const line of map.split("\n")) {
    const [inside = 0, outside = 0, length = 0] = line.trim().split(/\s+/).map(Number);
    if (uid >= outside && uid < outside + length) return inside + uid - outside;
  }
  return uid;
}

/** Returns the inodes and paths of the named Unix sockets in the text of /proc/PID/net/unix. */
export function unixSockets(table: string): readonly { readonly inode: string; readonly path: string }[] {
  return table.split("\n").flatMap((line) => {
    const [, inode, path] = /^[0-9a-f]+: (?:[0-9A-F]+ ){5} *(\d+) (.+)$/.exec(line) ?? [];
    return inode === undefined || path === undefined ? [] : [{ inode, path }];
  });
}
