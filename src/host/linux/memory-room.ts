import { bytesIn, cachedIn, hasRoom, type WhenRoom } from "../../linux/cgroup.ts";
import { libc } from "./libc.ts";
import type { MemoryCgroup } from "./memory-cgroup.ts";
import { startLibc } from "./start-libc.ts";

/** Milliseconds after which the memory is checked again, and how often: Envoy may need all of it, and live. */
const AGAIN = 100;
const TIMES = 10;
const O_CLOEXEC = 0o2000000;
/** Bytes of a number with its end of line, and of a `memory.stat`, which has 50 lines. */
const NUMBER = 24;
const STAT = 8_192;

/**
 * Opens the check whether the memory of the container has room, cached files left out. Work that can wait uses it: an Envoy that the kernel
 * ends because the memory is full keeps it for up to 0.1 s, hidden from the kernel, which then ends the next process that needs a page.
 *
 * Checking needs no page: the files stay open, and the kernel keeps their buffers. There is always room without a limit, and where the usage
 * cannot be read.
 */
export function openMemoryRoom(cgroup: MemoryCgroup | undefined, limit: number | undefined): WhenRoom {
  const isFull = cgroup === undefined || limit === undefined ? () => false : fullCheck(cgroup, limit);
  const tryTimes = (act: () => void, times: number) => {
    if (times === 0 || !isFull()) act();
    else setTimeout(tryTimes, AGAIN, act, times - 1);
  };
  return (act) => tryTimes(act, TIMES);
}

function fullCheck({ directory, names }: MemoryCgroup, limit: number): () => boolean {
  const usage = openText(`${directory}/${names.usage}`, NUMBER);
  const stat = openText(`${directory}/memory.stat`, STAT);
  return () => {
    const used = bytesIn(usage());
    return used !== undefined && !hasRoom(used, limit) && !hasRoom(used, limit, cachedIn(stat()));
  };
}

/** Opens a file of the kernel. Returns what reads it anew: empty where it cannot be read. */
function openText(path: string, size: number): () => string {
  const { pread } = libc();
  const descriptor = startLibc?.open(path, O_CLOEXEC, 0) ?? -1;
  const space = Buffer.alloc(size);
  const read = () => space.toString("latin1", 0, Math.max(pread(descriptor, space, size, 0), 0));
  // The kernel makes its buffer for the first read.
  read();
  return read;
}
