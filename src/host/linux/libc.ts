import { NUL_BYTE } from "../files/read-file.ts";
import { errnoName } from "./errno-name.ts";
import { ffi, openLibc } from "./ffi.ts";
import { lastErrno } from "./start-libc.ts";

/**
 * The functions of the C library that a supervisor needs and neither Bun nor Node has. A start uses the smaller `start-libc.ts` instead;
 * the same notes on numbers apply.
 */
function open() {
  return openLibc({
    __errno_location: { args: [], returns: "ptr" },
    clock_gettime: { args: ["i32", "ptr"] },
    close: { args: ["i32"], returns: "i32" },
    dup2: { args: ["i32", "i32"] },
    execve: { args: ["ptr", "ptr", "ptr"] },
    fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
    getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
    madvise: { args: ["u64", "u64", "i32"] },
    pipe2: { args: ["ptr", "i32"], returns: "i32" },
    pread: { args: ["i32", "ptr", "u64", "u64"], returns: "i32" },
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

/** Returns the C functions by name. A result of -1 is a failure; a result that nothing uses is not declared. */
export function libc(): ReturnType<typeof open> {
  opened ??= open();
  return opened;
}

/** Returns the name of the error of the last call of this thread, such as `EACCES`. */
export function lastError(): string {
  return errnoName(lastErrno(libc()));
}

/** Returns the address of a buffer, for a structure that points to it; valid while the buffer is referenced. */
export function addressOf(buffer: NodeJS.TypedArray): bigint {
  return BigInt(ffi?.ptr(buffer) ?? 0);
}

/**
 * Returns a null-terminated array of C pointers to the texts (NUL-terminated, one byte a character); valid while the result is referenced.
 * @throws Error for a text with a NUL byte, which would be cut
 */
export function pointersTo(texts: readonly string[]): { readonly pointers: BigUint64Array; readonly bytes: Buffer } {
  if (texts.some((text) => text.includes("\0"))) throw Object.assign(new Error(NUL_BYTE), { code: NUL_BYTE });
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

/** Returns the first exited child that has not been waited for, and does not reap it; 0 when there is none. */
export function endedChild(): number {
  const info = new Int32Array(32);
  // The kernel leaves zeros when no child has exited.
  libc().waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT);
  return info[SI_PID] ?? 0;
}

/** Reaps an exited child. */
export function reap(pid: number): void {
  libc().waitpid(pid, null, WNOHANG);
}

const SIG_IGN = 1n;

/** Makes this process ignore a signal. Its children do not: the runtime starts them with default signal actions. */
export function ignoreSignal(signal: number): void {
  libc().signal(signal, SIG_IGN);
}

const CLOCK_MONOTONIC = 1;

/** Returns the kernel's monotonic clock in microseconds; Bun's clocks count from the start of the process. */
export function monotonicMicroseconds(): bigint {
  const time = new BigInt64Array(2);
  libc().clock_gettime(CLOCK_MONOTONIC, time);
  return (time[0] ?? 0n) * 1_000_000n + (time[1] ?? 0n) / 1_000n;
}

/** A soft and a hard resource limit; Infinity is "unlimited". */
export interface Limit {
  readonly soft: number;
  readonly hard: number;
}

export const RLIMIT = { core: 4, openFiles: 7 } as const;

const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

/** Returns a resource limit of a process (0: this one); undefined when it cannot be read. */
export function limitOf(pid: number, resource: number): Limit | undefined {
  const found = new BigUint64Array(2);
  if (libc().prlimit(pid, resource, null, found) !== 0) return undefined;
  const [soft = 0n, hard = 0n] = found;
  return { soft: fromLimit(soft), hard: fromLimit(hard) };
}

/** Sets a resource limit of a process (0: this one). Returns the name of the error, if any. */
export function setLimit(pid: number, resource: number, { soft, hard }: Limit): string | undefined {
  return libc().prlimit(pid, resource, BigUint64Array.of(toLimit(soft), toLimit(hard)), null) === 0 ? undefined : lastError();
}

function fromLimit(value: bigint): number {
  return value === RLIM_INFINITY ? Number.POSITIVE_INFINITY : Number(value);
}

function toLimit(value: number): bigint {
  return value === Number.POSITIVE_INFINITY ? RLIM_INFINITY : BigInt(value);
}
