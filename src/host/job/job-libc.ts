import { openLibc } from "../linux/ffi.ts";

/**
 * The functions of the C library that a job needs. Numbers and structure sizes are those of Linux on x86-64 and arm64, with glibc and
 * musl.
 */
function open() {
  return openLibc({
    getpgid: { args: ["i32"], returns: "i32" },
    getsid: { args: ["i32"], returns: "i32" },
    kill: { args: ["i32", "i32"] },
    open: { args: ["cstring", "i32"], returns: "i32" },
    posix_spawnattr_init: { args: ["ptr"] },
    posix_spawnattr_setflags: { args: ["ptr", "i16"] },
    posix_spawnattr_setsigdefault: { args: ["ptr", "ptr"] },
    posix_spawnp: { args: ["ptr", "ptr", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },
    sigaction: { args: ["i32", "ptr", "ptr"] },
    sigprocmask: { args: ["i32", "ptr", "ptr"] },
    tcgetpgrp: { args: ["i32"], returns: "i32" },
    tcsetpgrp: { args: ["i32", "i32"] },
    waitid: { args: ["i32", "i32", "ptr", "i32"] },
  });
}

let opened: ReturnType<typeof open> | undefined;

/** Returns the C functions by name. A result of -1 is a failure; a result that nothing uses is not declared. */
export function jobLibc(): ReturnType<typeof open> {
  opened ??= open();
  return opened;
}

/** Returns a `sigset_t` with the signals of these numbers. */
export function signalSet(numbers: Iterable<number>): BigUint64Array {
  const set = new BigUint64Array(16);
  let bits = 0n;
  for (const number of numbers) bits |= 1n << BigInt(number - 1);
  set[0] = bits;
  return set;
}
