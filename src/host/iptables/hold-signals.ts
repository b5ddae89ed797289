import { signalNumber } from "../../linux/signals.ts";

/**
 * Keeps signals from ending this process while rules change: a half of them would be left, or those that drop all traffic. The function returned
 * lets signals end it again, and returns the exit status for the first that has arrived.
 */
export function holdSignals(): () => number | undefined {
  let status: number | undefined;
  const held = (["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const).map((signal) => {
    const note = () => {
      status ??= 128 + signalNumber(signal);
    };
    process.on(signal, note);
    return () => process.off(signal, note);
  });
  return () => {
    for (const release of held) release();
    return status;
  };
}
