import { serverInfo } from "../../envoy/admin-texts.ts";
import type { Event } from "../../supervisor/state.ts";
import type { Admin } from "./admin-client.ts";

const QUICK = 100;
const SLOW = 2_000;
/** Envoys that take longer wait for a control plane; they are asked less often. */
const QUICK_TIME = 20_000;
const ANSWER_LIMIT = 2_000;

/** Asks Envoy for its state until the epoch is live, which is an event, or until it no longer runs. Not by statistics: they say LIVE too early. */
export async function awaitLive(admin: Admin, epoch: number, runs: () => boolean, push: (event: Event) => void): Promise<void> {
  const begun = performance.now();
  while (runs()) {
    const answer = await admin("GET", "/server_info", ANSWER_LIMIT);
    const info = answer.kind === "answer" && answer.status === 200 ? serverInfo(answer.text) : undefined;
    if (info?.state === "LIVE" && info.epoch === epoch) return push({ kind: "live", epoch });
    await Bun.sleep(performance.now() - begun < QUICK_TIME ? QUICK : SLOW);
  }
}
