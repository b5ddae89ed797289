import { backoffWait } from "../../mesh/backoff-wait.ts";
import { DEFAULT, ROOTCA } from "../../mesh/resource-name.ts";
import type { SecretStore } from "../../mesh/secret.ts";
import { pause } from "./pause.ts";

/** Makes `default` and then `ROOTCA`, with back-off until it works (contract 1.30 §13a: warm-up). Failures are logged by the store. */
export async function warmUp(get: SecretStore["get"], signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await get(DEFAULT);
      await get(ROOTCA);
      return;
    } catch {
      await pause(backoffWait(failures, Math.random), signal);
    }
  }
}

/** Makes both at the start, and again whenever one has changed, for an agent without an Envoy that requests them (contract 1.30 §9.1 step 4). */
export function keepUpToDate(store: Pick<SecretStore, "get" | "onChange">, signal: AbortSignal): void {
  let isRunning = false;
  let isAgain = false;
  const run = async () => {
    isAgain = isRunning;
    if (isRunning) return;
    isRunning = true;
    do {
      isAgain = false;
      await warmUp(store.get, signal);
    } while (isAgain);
    isRunning = false;
  };
  signal.addEventListener("abort", store.onChange(run), { once: true });
  run();
}
