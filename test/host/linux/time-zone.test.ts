import { expect, test } from "bun:test";
import { join } from "node:path";

const MODULE = join(import.meta.dir, "../../../src/host/linux/time-zone.ts");
const WINTER = Date.UTC(2026, 0, 15, 12, 0, 0, 999);
const SUMMER = Date.UTC(2026, 6, 15, 12);

/** Returns the minutes in winter and in summer, in a process of that zone: the C library reads it once. */
function minutesIn(zone: string): readonly number[] {
  const script = `
    import { minutesAhead } from ${JSON.stringify(MODULE)};
    console.log(JSON.stringify([${WINTER}, ${SUMMER}, -1].map(minutesAhead)));`;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", script], { env: { ...process.env, TZ: zone }, stderr: "inherit" });
  return JSON.parse(stdout.toString());
}

test.each([
  ["", [0, 0, 0]],
  ["UTC", [0, 0, 0]],
  ["CET-1CEST,M3.5.0,M10.5.0/3", [60, 120, 60]],
  ["XXX3:30", [-210, -210, -210]],
  ["<+0545>-5:45", [345, 345, 345]],
  ["Nowhere/Nothing", [0, 0, 0]],
])("the zone %p", (zone, minutes) => expect(minutesIn(zone)).toEqual(minutes));
