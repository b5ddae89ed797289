import { readFileSync } from "node:fs";
import { bytesOfText } from "../../go/bytes.ts";
import { signalNumber } from "../../linux/signals.ts";
import { errnoName } from "../linux/errno-name.ts";
import { pointersTo } from "../linux/libc.ts";
import { jobLibc, signalSet } from "./job-libc.ts";

const SETPGROUP = 0x02;
const SETSIGDEF = 0x04;
/** Bytes for a `posix_spawnattr_t` (336), and 64-bit words for a `struct sigaction` (152 bytes). */
const ATTRIBUTES = 512;
const ACTION = 32;
const SIG_IGN = 1;
/** Signals that the runtime ignores from its start, and two that glibc reserves and ignores in a program it starts. */
const IGNORED = new Set([signalNumber("SIGPIPE"), signalNumber("SIGXFSZ"), 32, 33]);

/**
 * Starts a program in its own process group; all else is as for this process: streams, terminal, environment byte for byte, and the
 * `ignored` signals. The runtime's own spawn can create a session, which has no terminal, but not a group. @throws Error with the code of
 * the failed call
 */
export function spawnJob(command: readonly string[], ignored: readonly number[]): number {
  const libc = jobLibc();
  const attributes = new Uint8Array(ATTRIBUTES);
  libc.posix_spawnattr_init(attributes);
  libc.posix_spawnattr_setflags(attributes, SETPGROUP | SETSIGDEF);
  libc.posix_spawnattr_setsigdefault(attributes, signalSet(IGNORED));
  const argv = pointersTo(command.map(bytesOfText));
  const env = pointersTo(readFileSync("/proc/self/environ", "latin1").split("\0").slice(0, -1));
  const pid = new Int32Array(1);
  const error = ignoring(ignored, () => libc.posix_spawnp(pid, argv.bytes, null, attributes, argv.pointers, env.pointers));
  if (error !== 0) throw Object.assign(new Error(`errno ${error}`), { code: errnoName(error) });
  return pid[0] ?? 0;
}

/** Runs an action while signals are ignored: a program inherits that, unlike handlers. */
function ignoring<T>(signals: readonly number[], action: () => T): T {
  const { sigaction } = jobLibc();
  const ignore = new BigUint64Array(ACTION);
  ignore[0] = BigInt(SIG_IGN);
  const before = signals.map((signal) => {
    const old = new BigUint64Array(ACTION);
    sigaction(signal, ignore, old);
    return [signal, old] as const;
  });
  const result = action();
  for (const [signal, old] of before) sigaction(signal, old, null);
  return result;
}
