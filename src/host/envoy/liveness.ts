import type { Envoys } from "../../commands/host.ts";
import { serverInfo } from "../../envoy/admin-texts.ts";
import type { AdminAnswer, AdminClient } from "./admin-client.ts";
import { pollInterval } from "./poll-interval.ts";

const ANSWER_LIMIT = 2_000;
/** How long an answer that is not LIVE holds, in milliseconds: an Envoy may become live and end between two questions. */
const FRESH = 1_500;

const NOT_SERVED: AdminAnswer = { kind: "failed", reason: "" };

export interface Liveness {
  /**
   * Asks the Envoy of an epoch for its state until it is live, which is an event, or runs no longer; resolves to whether it is live. However
   * often that is begun, an Envoy has one who asks. `isUrgent`: something waits for it. Not by statistics: they say LIVE too early.
   */
  readonly awaitLive: (epoch: number, isOver: () => boolean, isUrgent?: boolean) => Promise<boolean>;
  /** Whether the Envoy of an epoch was seen not to be live just now. */
  readonly wasNotLive: (epoch: number) => boolean;
}

interface Asker {
  isUrgent: boolean;
  wake: () => void;
}

/**
 * Opens the questions for the state of Envoys.
 *
 * @param serves whether a process itself listens for them; undefined where that cannot be seen. Until it does only those whom something
 * waits for are asked, so that nobody else who listens there is
 */
export function openLiveness(
  admin: AdminClient,
  { pid, push }: Pick<Envoys, "pid" | "push">,
  serves: (pid: number) => boolean | undefined,
): Liveness {
  const askers = new Map<number, Asker>();
  const notLiveAt = new Map<number, number>();
  return {
    wasNotLive: (epoch) => performance.now() - (notLiveAt.get(epoch) ?? Number.NEGATIVE_INFINITY) <= FRESH,
    async awaitLive(epoch, isOver, isUrgent = true) {
      const envoy = pid(epoch);
      if (envoy === undefined) return false;
      const other = askers.get(envoy);
      if (other !== undefined) {
        hurry(other, isUrgent);
        return false;
      }
      const asker: Asker = { isUrgent, wake: () => {} };
      askers.set(envoy, asker);
      const begun = performance.now();
      notLiveAt.set(epoch, begun);
      let isLive = false;
      while (!isLive && pid(epoch) === envoy && !isOver()) {
        const answer = asker.isUrgent || serves(envoy) !== false ? await admin("GET", "/server_info", ANSWER_LIMIT) : NOT_SERVED;
        const info = answer.kind === "answer" && answer.status === 200 ? serverInfo(answer.text) : undefined;
        isLive = info?.state === "LIVE" && info.epoch === epoch && pid(epoch) === envoy;
        if (isLive) break;
        // A question without an answer in time says nothing of the state.
        if (answer.kind !== "unknown" && pid(epoch) === envoy) notLiveAt.set(epoch, performance.now());
        await rest(asker, performance.now() - begun);
      }
      askers.delete(envoy);
      if (isLive) push({ kind: "live", epoch });
      return isLive;
    },
  };
}

/** Has one who asks seldom ask at once, and often from now on. */
function hurry(asker: Asker, isUrgent: boolean): void {
  if (!isUrgent || asker.isUrgent) return;
  asker.isUrgent = true;
  asker.wake();
}

function rest(asker: Asker, age: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, pollInterval(age, asker.isUrgent));
    asker.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
