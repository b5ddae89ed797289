import type { Envoys } from "../../commands/host.ts";
import { serverInfo } from "../../envoy/admin-texts.ts";
import type { Admin } from "./admin-client.ts";

const QUICK = 100;
const SLOW = 2_000;
/** Envoys that take longer wait for a control plane; they are asked less often. */
const QUICK_TIME = 20_000;
const ANSWER_LIMIT = 2_000;

/**
 * Returns what asks the Envoy of an epoch for its state until it is live, which is an event, or runs no longer. However often that
 * is begun, an Envoy has one who asks. Not by statistics: they say LIVE too early.
 */
export function openLiveness(
  admin: Admin,
  { pid, push }: Pick<Envoys, "pid" | "push">,
): (epoch: number, isOver: () => boolean) => Promise<void> {
  const asked = new Set<number>();
  return async (epoch, isOver) => {
    const envoy = pid(epoch);
    if (envoy === undefined || asked.has(envoy)) return;
    asked.add(envoy);
    const begun = performance.now();
    while (pid(epoch) === envoy && !isOver()) {
      const answer = await admin("GET", "/server_info", ANSWER_LIMIT);
      const info = answer.kind === "answer" && answer.status === 200 ? serverInfo(answer.text) : undefined;
      if (info?.state === "LIVE" && info.epoch === epoch && pid(epoch) === envoy) {
        push({ kind: "live", epoch });
        break;
      }
      await Bun.sleep(performance.now() - begun < QUICK_TIME ? QUICK : SLOW);
    }
    asked.delete(envoy);
  };
}
