import { pollInterval } from "../envoy/poll-interval.ts";

/** Checks readiness, without a probe, until the proxy is ready or its Envoy has exited; the check itself logs the change. */
export async function awaitReady(isReady: () => Promise<boolean>, runs: () => boolean): Promise<void> {
  const start = performance.now();
  while (runs() && !(await isReady())) await Bun.sleep(pollInterval(performance.now() - start, false));
}
