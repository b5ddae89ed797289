import { readFileSync } from "node:fs";

/** Returns the processor time of this process in milliseconds, which does not pass while the machine has none for it. */
export function ownProcessorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Returns the processor time of a process in milliseconds, of all threads that it has had. */
export function processorTime(pid: number): number {
  return processorTimes(pid).own;
}

/** Returns the same, and that of all children that have ended. */
export function processorTimeOfAll(pid: number): number {
  const { own, ended } = processorTimes(pid);
  return own + ended;
}

function processorTimes(pid: number): { readonly own: number; readonly ended: number } {
  const [user = 0, system = 0, ...ended] = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
    .slice(11, 15)
    .map(Number);
  // The clock of these fields has 100 ticks a second on every Linux.
  return { own: (user + system) * 10, ended: ended.reduce((sum, ticks) => sum + ticks, 0) * 10 };
}
