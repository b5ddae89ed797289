import type { Pod } from "../mesh/lab/pod.ts";
import { untilTrue } from "../support/eventually.ts";

/** Arguments of an agent with hot restarts that are soon over, with some time after the drain for what a busy machine delays. */
export const HOT_RESTARTS: readonly string[] = ["--hot-restart", "--parent-shutdown-time", "5", "--drain-time", "1"];

/** Starts the next epoch of a pod and waits until the last one has ended. */
export async function hotRestart(pod: Pod, epoch: number): Promise<void> {
  pod.agent.kill("SIGHUP");
  await untilTrue(() => pod.log().includes(`Epoch ${epoch} is live`));
  await untilTrue(() => pod.log().includes(`Epoch ${epoch - 1} exited normally`));
}
