import type { Log } from "../../common/notice.ts";
import type { Event } from "../../supervisor/state.ts";
import type { Supervision } from "../../supervisor/supervision.ts";

/** Watches what a new epoch may be due for: certificates by their contents, settings by what they come to. Returns what stops it. */
export async function watchForChanges(watch: Supervision["watch"], push: (event: Event) => void, log: Log): Promise<() => void> {
  const { certificates, configuration, debounce } = watch;
  if (certificates.length === 0 && configuration.length === 0) return () => {};
  const [{ watchFiles }, { digestOf }] = await Promise.all([import("../files/watch-files.ts"), import("../files/digest-files.ts")]);
  const say = (problem: string) => log("warn", problem);
  let digest = digestOf(certificates);
  const stops = [
    watchFiles(
      certificates,
      () => {
        const now = digestOf(certificates);
        if (now === digest) return log("info", "The watched certificates are unchanged, keeping the current epoch");
        digest = now;
        return push({ kind: "renew", trigger: "certificates" });
      },
      { debounce, say },
    ),
    watchFiles(configuration, () => push({ kind: "renew", trigger: "configuration" }), { debounce, say }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
