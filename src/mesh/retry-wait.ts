import { CODE } from "./grpc-status.ts";
import type { Random } from "./rotation.ts";

const ATTEMPTS = 5;
/** The first wait, in milliseconds; each later one is twice as long. */
const FIRST = 100;
/** The part by which a wait varies. */
const JITTER = 0.1;

/** The codes that are tried again at once, on the same connection (recorded: ca/code_*). */
const RETRIED: ReadonlySet<number> = new Set([CODE.RESOURCE_EXHAUSTED, CODE.ABORTED, CODE.INTERNAL, CODE.UNAVAILABLE]);

/**
 * Returns how long to wait before a call to the CA is made again, in milliseconds; undefined when it has failed for good (contract 1.30
 * §13b). `attempts` counts those that were made.
 */
export function retryWait(attempts: number, code: number, random: Random): number | undefined {
  if (attempts >= ATTEMPTS || !RETRIED.has(code)) return undefined;
  return FIRST * 2 ** (attempts - 1) * (1 + JITTER * (2 * random() - 1));
}
