import { readFileSync } from "node:fs";

/** Returns the processor time of this process in milliseconds, which does not pass while the machine has none for it. */
export function ownProcessorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Returns the processor time of a process in milliseconds, of all threads that it has had. */
export function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  // The clock of these fields has 100 ticks a second on every Linux.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
