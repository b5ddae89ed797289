import type { Log } from "../../common/notice.ts";
import type { TrafficHost } from "./traffic-host.ts";

/** How long to wait for another run, in milliseconds. */
const LIMIT = 30_000;

/** Waits for other runs: two that replace rules at the same time leave those that drop all traffic. */
export async function claim(traffic: Pick<TrafficHost, "claimNetwork">, log: Log): Promise<void> {
  if (!(await traffic.claimNetwork(LIMIT)))
    log("warn", `Another run has been changing the rules of this pod for ${LIMIT / 1_000} s: not waiting for it any longer`);
}
