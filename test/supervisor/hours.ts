import { openAccount } from "../../src/host/care/account.ts";
import { INITIAL } from "../../src/supervisor/state.ts";
import { memoryOf } from "../bench/measure-idle.ts";
import { EVERY, each, type Hour, merged, playHour } from "./simulation.ts";
import { live, renew } from "./support.ts";

// Plays hours on end in this process, and prints its private memory in kB after each; at last the number of launches. Words: how many hours.

const HOURS = Number(process.argv[2]);
/** A trigger, a rotated log and a request to drain each second: thousands of steps an hour, with a hot restart every ten seconds or so. */
const SCHEDULE = merged(
  each(0, 1_000, (count) => renew(count % 2 === 0 ? "SIGHUP" : "certificates")),
  each(300, 1_000, () => ({ kind: "reopen" })),
  each(600, 1_000, () => ({ kind: "drain" })),
);

const account = openAccount();
let hour: Pick<Hour, "state" | "due"> = { state: INITIAL, due: [{ at: 50, event: live(0) }] };
for (let count = 1; count <= HOURS; count++) {
  hour = playHour(EVERY, SCHEDULE, hour, account.seen);
  console.log(privateKilobytes());
}
console.log(hour.state.launch);

/** When everything that can be given back is. */
function privateKilobytes(): number {
  Bun.gc(true);
  Bun.shrink();
  return Math.round((memoryOf(process.pid).privateDirty * 1e6) / 1024);
}
