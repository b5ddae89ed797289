import { ffi, openLibc } from "./ffi.ts";

/**
 * The functions of the C library that a start uses: few, as preparing each takes time. Numbers are those of Linux on x86-64 and arm64,
 * where they are equal and variadic functions take their arguments like any other. The kernel transfers at most 2 GB a call. Callers have
 * a fallback for when a call fails or the library is not available.
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

/** Undefined when the library is not available. */
export const startLibc = tryOpen();

/** Why the library is not available, for callers that have no fallback. */
export const NO_LIBC =
  "the C library cannot be called, because the runtime's JIT is disabled: by BUN_JSC_useJIT=0, a limit on the address space (ulimit -v), or a kernel that forbids executable memory";

function tryOpen(): StartLibc | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

/** Returns the errno of the last call of this thread; 0 when it cannot be read. */
export function lastErrno(libc: Pick<StartLibc, "__errno_location">): number {
  const place = libc.__errno_location();
  return place === null || ffi === undefined ? 0 : ffi.read.i32(place);
}
