import { signalNumber } from "../../linux/signals.ts";
import { tryReadText } from "../files/read-file.ts";

const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 200;
/** Milliseconds: Envoy installs its handler within a tenth of a second; a program that has not by then never will. */
const LIMIT = 30_000;

/**
 * Makes Envoys reopen their logs by SIGUSR1. The signal would end an Envoy that does not handle it yet, so it is held back until it does.
 */
export function openLogReopener(send: (epoch: number) => void, pid: (epoch: number) => number | undefined, warn: (text: string) => void) {
  const waiting = new Set<number>();
  return async (epoch: number): Promise<void> => {
    const envoy = pid(epoch);
    if (envoy === undefined || waiting.has(envoy)) return;
    if (isHandled(envoy)) return send(epoch);
    waiting.add(envoy);
    const start = performance.now();
    for (let pause = FIRST_PAUSE; pid(epoch) === envoy && !isHandled(envoy); pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      if (performance.now() - start > LIMIT) return warn(`Cannot reopen the logs of epoch ${epoch}: it does not handle SIGUSR1`);
      await Bun.sleep(pause);
    }
    waiting.delete(envoy);
    if (pid(epoch) === envoy) send(epoch);
  };
}

const SIGUSR1 = 1n << BigInt(signalNumber("SIGUSR1") - 1);

/** Returns whether a process handles or ignores SIGUSR1, which ends it otherwise. */
function isHandled(pid: number): boolean {
  const masks = tryReadText(`/proc/${pid}/status`)?.matchAll(/^Sig(?:Ign|Cgt):\s*([0-9a-f]+)$/gm) ?? [];
  return [...masks].some(([, mask]) => (BigInt(`0x${mask}`) & SIGUSR1) !== 0n);
}
