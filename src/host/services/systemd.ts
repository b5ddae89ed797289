import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import type { Environment } from "../../inputs/environment.ts";
import { reloadingState, systemdNotifier } from "./notify-systemd.ts";

const MICROSECONDS_PER_MILLISECOND = 1_000;

/** Opens the notification of systemd: states, and keep-alive messages when it has a watchdog. */
export function openSystemd({ environment }: ServiceContext): Service {
  const notify = systemdNotifier(environment);
  if (notify === undefined) return untilInterrupted(() => {});
  const interval = watchdogInterval(environment, process.pid);
  const watchdog = interval === undefined ? undefined : setInterval(() => notify("WATCHDOG=1"), interval);
  return untilInterrupted(() => clearInterval(watchdog), {
    awaitsLive: true,
    notify: (state) => void notify(state === "RELOADING" ? reloadingState() : `${state}=1`),
  });
}

/**
 * Returns how often to send WATCHDOG=1 to systemd, in milliseconds: half the limit, as its manual recommends. Undefined without a limit, or
 * if it is for another process.
 */
export function watchdogInterval(environment: Environment, pid: number): number | undefined {
  const limit = environment.get("WATCHDOG_USEC") ?? "";
  const owner = environment.get("WATCHDOG_PID") ?? "";
  if (!/^[0-9]+$/.test(limit) || Number(limit) === 0 || (owner !== "" && owner !== String(pid))) return undefined;
  return Math.max(1, Math.floor(Number(limit) / 2 / MICROSECONDS_PER_MILLISECOND));
}
