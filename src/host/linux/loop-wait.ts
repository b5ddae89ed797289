import { ffi, openLibc } from "./ffi.ts";
import { startLibc } from "./start-libc.ts";

const POLLIN = 1;
const EPOLL = "anon_inode:[eventpoll]";
const DESCRIPTORS = "/proc/self/fd";
/** Where the name is in a `struct dirent`. */
const NAME = 19;

/** Waits until there is something for the event loop to do, timers aside, or the time is over. */
export type LoopWait = (milliseconds: number) => void;

/** Also what lists the descriptors: `node:fs` is not loaded by an agent in a mesh otherwise, and takes 0.5 MB. */
function open() {
  return openLibc({
    closedir: { args: ["ptr"] },
    opendir: { args: ["cstring"], returns: "ptr" },
    poll: { args: ["ptr", "u64", "i32"], returns: "i32" },
    readdir: { args: ["ptr"], returns: "ptr" },
    readlink: { args: ["cstring", "ptr", "u64"], returns: "i32" },
  });
}

type Libc = ReturnType<typeof open>;

/**
 * Returns a wait outside of the runtime: its epoll descriptor becomes readable with everything that would end the loop's own wait
 * (sockets, signals, children, other threads). Undefined where that descriptor is not the only one of its kind, or C cannot be called.
 */
export function loopWait(): LoopWait | undefined {
  if (startLibc === undefined) return undefined;
  const libc = open();
  const descriptors = namesIn(DESCRIPTORS, libc).filter((name) => isEpoll(`${DESCRIPTORS}/${name}`, libc));
  if (descriptors.length !== 1) return undefined;
  // One struct pollfd: the descriptor, and the events in the lower half of the second number.
  const request = Int32Array.of(Number(descriptors[0]), POLLIN);
  return (milliseconds) => void libc.poll(request, 1, milliseconds);
}

/** Returns the names in a directory. */
function namesIn(directory: string, { opendir, readdir, closedir }: Libc): readonly string[] {
  const names: string[] = [];
  const handle = opendir(directory);
  if (handle === null || ffi === undefined) return names;
  for (let entry = readdir(handle); entry !== null; entry = readdir(handle)) names.push(String(new ffi.CString(entry, NAME)));
  closedir(handle);
  return names;
}

function isEpoll(path: string, { readlink }: Libc): boolean {
  // One byte more than the name has: a longer one differs.
  const target = new Uint8Array(EPOLL.length + 1);
  const length = readlink(path, target, target.length);
  return Buffer.from(target.buffer, 0, Math.max(length, 0)).toString("latin1") === EPOLL;
}
