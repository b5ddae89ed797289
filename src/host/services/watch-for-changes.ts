import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import type { Log } from "../../common/notice.ts";
import type { Event } from "../../supervisor/state.ts";
import type { Supervision } from "../../supervisor/supervision.ts";

/** Opens the watch of certificates and settings, each change of which requests a new epoch. */
export async function openChangeWatch({ agent, push, log }: ServiceContext): Promise<Service> {
  return untilInterrupted(await watchForChanges(agent.supervision.watch, push, log));
}

/**
 * Watches certificates, by a digest of their contents, and settings files; whether the settings themselves have changed is decided
 * when the next epoch is planned. Returns a function that stops the watch.
 */
export async function watchForChanges(watch: Supervision["watch"], push: (event: Event) => void, log: Log): Promise<() => void> {
  const { certificates, configuration, debounce } = watch;
  if (certificates.length === 0 && configuration.length === 0) return () => {};
  const [{ watchFiles }, { digestFiles }] = await Promise.all([import("../files/watch-files.ts"), import("../files/digest-files.ts")]);
  const warn = (problem: string) => log("warn", problem);
  let digest = digestFiles(certificates);
  const stops = [
    watchFiles(
      certificates,
      () => {
        const now = digestFiles(certificates);
        if (now === digest) return log("info", "The watched certificates are unchanged, keeping the current epoch");
        digest = now;
        return push({ kind: "request-epoch", trigger: "certificates" });
      },
      { debounce, warn },
    ),
    watchFiles(configuration, () => push({ kind: "request-epoch", trigger: "configuration" }), { debounce, warn }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
