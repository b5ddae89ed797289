import type { Environment } from "../inputs/environment.ts";

const MICROSECONDS = 1_000;

/**
 * Returns how often to send WATCHDOG=1 to systemd, in milliseconds: half the limit, as its manual recommends. Undefined without a limit, or
 * if it is for another process.
 */
export function watchdogInterval(environment: Environment, pid: number): number | undefined {
  const limit = environment.get("WATCHDOG_USEC") ?? "";
  const owner = environment.get("WATCHDOG_PID") ?? "";
  if (!/^[0-9]+$/.test(limit) || Number(limit) === 0 || (owner !== "" && owner !== String(pid))) return undefined;
  return Math.max(1, Math.floor(Number(limit) / 2 / MICROSECONDS));
}
