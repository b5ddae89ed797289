import { ffi, openLibc } from "./ffi.ts";

/**
 * The C library as a start uses it: few functions, as each takes time to prepare. Numbers are those of Linux on x86-64 and arm64,
 * where they are equal and where variadic functions take their arguments like any other; the kernel moves at most 2 GB at a time.
 * Whoever calls these has another way for when they fail or cannot be had.
 */
function open() {
  return openLibc({
    __errno_location: { args: [], returns: "ptr" },
    close: { args: ["i32"], returns: "i32" },
    flock: { args: ["i32", "i32"], returns: "i32" },
    freeifaddrs: { args: ["ptr"] },
    getifaddrs: { args: ["ptr"], returns: "i32" },
    mkdir: { args: ["cstring", "i32"], returns: "i32" },
    open: { args: ["cstring", "i32", "i32"], returns: "i32" },
    read: { args: ["i32", "ptr", "u64"], returns: "i32" },
    rename: { args: ["cstring", "cstring"], returns: "i32" },
    statx: { args: ["i32", "cstring", "i32", "u32", "ptr"], returns: "i32" },
    unlink: { args: ["cstring"], returns: "i32" },
    write: { args: ["i32", "ptr", "u64"], returns: "i32" },
  });
}

export type StartLibc = ReturnType<typeof open>;

/** Undefined where the library cannot be had. */
export const startLibc = openOrNot();

/** Why it cannot be had, for those who cannot do without it. */
export const NO_LIBC =
  "the C library cannot be called, because the runtime's JIT is disabled: by BUN_JSC_useJIT=0, or by a kernel that forbids executable memory";

function openOrNot(): StartLibc | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

/** The number of the error of the call just made by this thread; 0 where it cannot be told. */
export function lastErrno(libc: Pick<StartLibc, "__errno_location">): number {
  const place = libc.__errno_location();
  return place === null || ffi === undefined ? 0 : ffi.read.i32(place);
}
