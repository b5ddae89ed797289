import { bytesIn, hasRoom } from "../../linux/cgroup.ts";
import { libc } from "./libc.ts";
import type { MemoryCgroup } from "./memory-cgroup.ts";
import { startLibc } from "./start-libc.ts";

/** Calls back at once if the memory of the container has room, else as soon as it has, at the latest after a second. */
export type WhenRoom = (act: () => void) => void;

/** Milliseconds after which the memory is checked again, and how often: a container full of cached files stays full. */
const AGAIN = 100;
const TIMES = 10;
const O_CLOEXEC = 0o2000000;
/** Bytes of the longest number, with its end of line. */
const SPACE = 24;

/**
 * Opens the check whether the memory of the container has room. Work that can wait uses it: an Envoy that the kernel ends because the
 * memory is full keeps it for up to 0.1 s, hidden from the kernel, which then ends the next process that needs a page.
 *
 * Checking needs no page: the file stays open, and the kernel keeps its buffer. There is always room without a limit, and where the file
 * cannot be read.
 */
export function openMemoryRoom(cgroup: MemoryCgroup | undefined, limit: number | undefined): WhenRoom {
  const isFull = cgroup === undefined || limit === undefined ? () => false : fullCheck(`${cgroup.directory}/${cgroup.names.usage}`, limit);
  const tryTimes = (act: () => void, times: number) => {
    if (times === 0 || !isFull()) act();
    else setTimeout(tryTimes, AGAIN, act, times - 1);
  };
  return (act) => tryTimes(act, TIMES);
}

function fullCheck(path: string, limit: number): () => boolean {
  const { pread } = libc();
  const descriptor = startLibc?.open(path, O_CLOEXEC, 0) ?? -1;
  const space = Buffer.alloc(SPACE);
  const isFull = () => {
    const length = pread(descriptor, space, SPACE, 0);
    const usage = bytesIn(space.toString("latin1", 0, Math.max(length, 0)));
    return usage !== undefined && !hasRoom(usage, limit);
  };
  // The kernel makes its buffer for the first read.
  isFull();
  return isFull;
}
