import { tryReadText } from "../files/read-file.ts";
import { libc } from "./libc.ts";

const MADV_DONTNEED = 4;

/**
 * Releases the pages of machine code that a burst of work has used, above all the compiler of the runtime. They are file-backed and never
 * written to, so pages used again come back from the page cache. Constants are kept, as the loader has written to some.
 */
export function releaseCodePages(): void {
  for (const line of (tryReadText("/proc/self/maps") ?? "").split("\n")) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ [1-9]\d* +\//.exec(line) ?? [];
    if (from === undefined || to === undefined) continue;
    const start = BigInt(`0x${from}`);
    libc().madvise(start, BigInt(`0x${to}`) - start, MADV_DONTNEED);
  }
}
