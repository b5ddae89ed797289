import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import { watchdogInterval } from "../../supervisor/watchdog-interval.ts";
import { reloadingState, systemdNotifier } from "./notify-systemd.ts";

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
