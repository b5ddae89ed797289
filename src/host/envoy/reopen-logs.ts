import { signalNumber } from "../../linux/signals.ts";
import { tryReadText } from "../files/read-file.ts";

const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 200;
/** An Envoy takes a tenth of a second; a program that has not got that far by now never will. */
const LIMIT = 30_000;

/** Has Envoys open their logs again by SIGUSR1, which would end one that does not handle it yet: such a signal waits. */
export function openLogReopener(send: (epoch: number) => void, pid: (epoch: number) => number | undefined, warn: (text: string) => void) {
  const waiting = new Set<number>();
  return async (epoch: number): Promise<void> => {
    const envoy = pid(epoch);
    if (envoy === undefined || waiting.has(envoy)) return;
    if (isHandled(envoy)) return send(epoch);
    waiting.add(envoy);
    const begun = performance.now();
    for (let pause = FIRST_PAUSE; pid(epoch) === envoy && !isHandled(envoy); pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      if (performance.now() - begun > LIMIT) return warn(`Cannot reopen the logs of epoch ${epoch}: it does not handle SIGUSR1`);
      await Bun.sleep(pause);
    }
    waiting.delete(envoy);
    if (pid(epoch) === envoy) send(epoch);
  };
}

const SIGUSR1 = 1n << BigInt(signalNumber("SIGUSR1") - 1);

/** Whether SIGUSR1 does not end a process: it handles or ignores it. */
function isHandled(pid: number): boolean {
  const masks = tryReadText(`/proc/${pid}/status`)?.matchAll(/^Sig(?:Ign|Cgt):\s*([0-9a-f]+)$/gm) ?? [];
  return [...masks].some(([, mask]) => (BigInt(`0x${mask}`) & SIGUSR1) !== 0n);
}
