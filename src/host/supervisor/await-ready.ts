import { pollInterval } from "../envoy/poll-interval.ts";

/** Asks whether the proxy is ready, without a probe, until it is or its Envoy runs no longer; whoever answers says so once. */
export async function awaitReady(isReady: () => Promise<boolean>, runs: () => boolean): Promise<void> {
  const begun = performance.now();
  while (runs() && !(await isReady())) await Bun.sleep(pollInterval(performance.now() - begun, false));
}
