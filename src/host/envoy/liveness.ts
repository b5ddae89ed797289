import type { Envoys } from "../../commands/host.ts";
import { SERVER_INFO_NODE, serverInfo } from "../../envoy/admin-texts.ts";
import type { WhenRoom } from "../../linux/cgroup.ts";
import type { AdminAnswer, AdminClient } from "./admin-client.ts";

const ANSWER_LIMIT = 2_000;
/** Milliseconds for which an answer other than LIVE is current: an Envoy may become live and exit between two requests. */
const FRESH = 1_500;

/** Milliseconds between two polls, by the time since polling began. */
const URGENT = [
  { until: 20_000, pause: 100 },
  { until: Number.POSITIVE_INFINITY, pause: 2_000 },
];
/**
 * An Envoy without a control plane may never become live: polling it must cost nothing after a while. An answer takes Envoy's main thread
 * 2 to 4 ms, also while it starts.
 */
const PATIENT = [
  { until: 5_000, pause: 250 },
  { until: 20_000, pause: 1_000 },
  { until: Number.POSITIVE_INFINITY, pause: 60_000 },
];

const NOT_SERVED: AdminAnswer = { kind: "failed", reason: "", error: undefined };

export interface Liveness {
  /**
   * Polls the Envoy of an epoch until it is live, which is pushed as an event, or has exited; resolves to whether it is live. Each Envoy
   * has one poller, however often this is called. `isUrgent`: something waits for the result. Uses /server_info, as the statistics report
   * LIVE too early.
   */
  readonly awaitLive: (epoch: number, isOver: () => boolean, isUrgent?: boolean) => Promise<boolean>;
  /** Whether the Envoy of an epoch was recently seen not to be live. */
  readonly wasNotLive: (epoch: number) => boolean;
}

interface Poller {
  isUrgent: boolean;
  wake: () => void;
}

/**
 * Opens the polling of Envoys.
 *
 * @param listens whether a process itself listens on the admin port; undefined when that cannot be determined. Until it does, only urgent
 * polls are sent, as another process may answer on the port
 * @param whenRoom what each poll but the first waits for
 */
export function openLiveness(
  admin: AdminClient,
  { pid, push }: Pick<Envoys, "pid" | "push">,
  listens: (pid: number) => boolean | undefined,
  whenRoom: WhenRoom,
): Liveness {
  const pollers = new Map<number, Poller>();
  const notLiveAt = new Map<number, number>();
  return {
    wasNotLive: (epoch) => performance.now() - (notLiveAt.get(epoch) ?? Number.NEGATIVE_INFINITY) <= FRESH,
    async awaitLive(epoch, isOver, isUrgent = true) {
      const envoy = pid(epoch);
      if (envoy === undefined) return false;
      const other = pollers.get(envoy);
      if (other !== undefined) {
        hurry(other, isUrgent);
        return false;
      }
      const poller: Poller = { isUrgent, wake: () => {} };
      pollers.set(envoy, poller);
      const start = performance.now();
      notLiveAt.set(epoch, start);
      let isLive = false;
      // No Envoy is live at once.
      if (!isUrgent) await pause(poller, 0, whenRoom);
      while (!isLive && pid(epoch) === envoy && !isOver()) {
        const answer =
          poller.isUrgent || listens(envoy) !== false ? await admin("GET", "/server_info", ANSWER_LIMIT, SERVER_INFO_NODE) : NOT_SERVED;
        const info = answer.kind === "answer" && answer.status === 200 ? serverInfo(answer.text) : undefined;
        isLive = info?.state === "LIVE" && info.epoch === epoch && pid(epoch) === envoy;
        if (isLive) break;
        // A request that times out does not show the state.
        if (answer.kind !== "late" && pid(epoch) === envoy) notLiveAt.set(epoch, performance.now());
        await pause(poller, performance.now() - start, whenRoom);
      }
      pollers.delete(envoy);
      if (isLive) push({ kind: "live", epoch });
      return isLive;
    },
  };
}

/** Makes a patient poller urgent, and poll at once. */
function hurry(poller: Poller, isUrgent: boolean): void {
  if (!isUrgent || poller.isUrgent) return;
  poller.isUrgent = true;
  poller.wake();
}

function pause(poller: Poller, age: number, whenRoom: WhenRoom): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => whenRoom(resolve), pollInterval(age, poller.isUrgent));
    poller.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** Checks readiness, without a probe, until the proxy is ready or the check is no longer needed; the check itself logs the change. */
export async function awaitReady(isReady: () => Promise<boolean>, isNeeded: () => boolean, whenRoom: WhenRoom): Promise<void> {
  const start = performance.now();
  for (;;) {
    await new Promise<void>(whenRoom);
    if (!isNeeded() || (await isReady())) return;
    await Bun.sleep(pollInterval(performance.now() - start, false));
  }
}

/** Returns the milliseconds until the next poll of liveness or readiness; `isUrgent`: something waits for the answer. */
export function pollInterval(age: number, isUrgent: boolean): number {
  return (isUrgent ? URGENT : PATIENT).find(({ until }) => age < until)?.pause ?? 0;
}
