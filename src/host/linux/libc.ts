import { ffi, openLibc } from "./ffi.ts";
import { lastErrno } from "./start-libc.ts";

/**
 * The C library, as far as neither Bun nor Node gives what a supervisor needs. Not on the way to Envoy's start, which has its own
 * few functions (`start-libc.ts`); numbers are as there.
 */
function open() {
  return openLibc({
    __errno_location: { args: [], returns: "ptr" },
    clock_gettime: { args: ["i32", "ptr"] },
    close: { args: ["i32"], returns: "i32" },
    dup2: { args: ["i32", "i32"] },
    execve: { args: ["ptr", "ptr", "ptr"] },
    fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
    madvise: { args: ["u64", "u64", "i32"] },
    pipe2: { args: ["ptr", "i32"], returns: "i32" },
    prlimit: { args: ["i32", "i32", "ptr", "ptr"], returns: "i32" },
    readlink: { args: ["ptr", "ptr", "u64"], returns: "i32" },
    recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
    sendmsg: { args: ["i32", "ptr", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i32" },
    signal: { args: ["i32", "u64"] },
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    waitid: { args: ["i32", "i32", "ptr", "i32"] },
    waitpid: { args: ["i32", "ptr", "i32"] },
  });
}

let opened: ReturnType<typeof open> | undefined;

/** The C functions by name; results are the functions' own, -1 is a failure; where nobody looks at one there is none. */
export function libc(): ReturnType<typeof open> {
  opened ??= open();
  return opened;
}

/** The name of the error of the call just made by this thread, such as `EACCES`. */
export function lastError(): string {
  const number = lastErrno(libc());
  const { constants }: typeof import("node:os") = require("node:os");
  return Object.entries(constants.errno).find(([, each]) => each === number)?.[0] ?? `errno ${number}`;
}

/** Where a buffer lies in memory, for a structure that names it; valid while the buffer is referenced. */
export function addressOf(buffer: NodeJS.TypedArray): bigint {
  return BigInt(ffi?.ptr(buffer) ?? 0);
}

/** An array of C pointers to the texts (NUL-terminated, one character a byte), ended by a null pointer; valid while the result is referenced. */
export function pointersTo(texts: readonly string[]): { readonly pointers: BigUint64Array; readonly bytes: Buffer } {
  const bytes = Buffer.from([...texts, ""].join("\0"), "latin1");
  const base = addressOf(bytes);
  const pointers = new BigUint64Array(texts.length + 1);
  let at = 0;
  for (const [index, text] of texts.entries()) {
    pointers[index] = base + BigInt(at);
    at += text.length + 1;
  }
  return { pointers, bytes };
}

const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
/** Offset of `si_pid` in a `siginfo_t` of 128 bytes, in 32-bit words. */
const SI_PID = 4;

/** The first ended child nobody has waited for, left as it is; 0 when there is none. */
export function endedChild(): number {
  const info = new Int32Array(32);
  // The kernel leaves zeros where none has ended.
  libc().waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT);
  return info[SI_PID] ?? 0;
}

/** Takes the status of one ended child, which removes it. */
export function reap(pid: number): void {
  libc().waitpid(pid, null, WNOHANG);
}

const SIG_IGN = 1n;

/** Has this process ignore a signal; its children do not, as the runtime starts each with the default of every signal. */
export function ignoreSignal(signal: number): void {
  libc().signal(signal, SIG_IGN);
}

const CLOCK_MONOTONIC = 1;

/** The kernel's monotonic clock in microseconds; Bun's clocks count from the start of the process. */
export function monotonicMicroseconds(): bigint {
  const time = new BigInt64Array(2);
  libc().clock_gettime(CLOCK_MONOTONIC, time);
  return (time[0] ?? 0n) * 1_000_000n + (time[1] ?? 0n) / 1_000n;
}

/** A soft and a hard limit; Infinity is "unlimited". */
export interface Limit {
  readonly soft: number;
  readonly hard: number;
}

export const RLIMIT = { core: 4, openFiles: 7 } as const;

const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

/** A limit of a process (0 is this one). Undefined where the kernel does not tell. */
export function limitOf(pid: number, resource: number): Limit | undefined {
  const found = new BigUint64Array(2);
  if (libc().prlimit(pid, resource, null, found) !== 0) return undefined;
  const [soft = 0n, hard = 0n] = found;
  return { soft: fromLimit(soft), hard: fromLimit(hard) };
}

/** Sets a limit of a process (0 is this one). Returns the name of the error, if any. */
export function setLimit(pid: number, resource: number, { soft, hard }: Limit): string | undefined {
  return libc().prlimit(pid, resource, BigUint64Array.of(toLimit(soft), toLimit(hard)), null) === 0 ? undefined : lastError();
}

function fromLimit(value: bigint): number {
  return value === RLIM_INFINITY ? Number.POSITIVE_INFINITY : Number(value);
}

function toLimit(value: number): bigint {
  return value === Number.POSITIVE_INFINITY ? RLIM_INFINITY : BigInt(value);
}
