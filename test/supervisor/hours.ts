import { heapStats } from "bun:jsc";
import { openAgentMetrics } from "../../src/host/supervisor/agent-metrics.ts";
import { INITIAL } from "../../src/supervisor/state.ts";
import { memoryOf } from "../bench/measure-idle.ts";
import { EVERY, each, type Hour, merged, playHour } from "./simulation.ts";
import { live, renew } from "./support.ts";

// Simulates hours in this process, and prints after each the size of its heap and its private memory in kB, at the end the number of plans.
// Argument: the number of hours.

const HOURS = Number(process.argv[2]);
/** A trigger, a log rotation and a drain request each second: thousands of steps an hour, with a hot restart about every ten seconds. */
const SCHEDULE = merged(
  each(0, 1_000, (count) => renew(count % 2 === 0 ? "SIGHUP" : "certificates")),
  each(300, 1_000, () => ({ kind: "reopen" })),
  each(600, 1_000, () => ({ kind: "drain" })),
);

const account = openAgentMetrics();
let hour: Pick<Hour, "state" | "due"> = { state: INITIAL, due: [{ at: 50, event: live(0) }] };
for (let count = 1; count <= HOURS; count++) {
  hour = playHour(EVERY, SCHEDULE, hour, account.seen);
  Bun.gc(true);
  Bun.shrink();
  console.log(kilobytes(heapStats().heapSize), kilobytes(memoryOf(process.pid).privateDirty * 1e6));
}
console.log(hour.state.plan);

function kilobytes(bytes: number): number {
  return Math.round(bytes / 1024);
}
