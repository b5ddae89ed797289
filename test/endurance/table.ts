import type { Holding } from "./holding.ts";
import type { Asked } from "./probes.ts";
import { type Column, tableOf } from "./table-of.ts";

/** Some minutes of an endurance run: requests and probes, and the agent's resources at their end. */
export interface Row {
  readonly minutes: string;
  readonly requests: number;
  readonly failed: number;
  readonly restarts: number;
  readonly holding: Holding;
  readonly probes: Readonly<Record<string, Asked>>;
}

const COLUMNS: readonly Column<Row>[] = [
  ["minutes", ({ minutes }) => minutes],
  ["requests", ({ requests }) => String(requests)],
  ["failed", ({ failed }) => String(failed)],
  ["hot restarts", ({ restarts }) => String(restarts)],
  ["private MB", ({ holding }) => holding.memory.toFixed(1)],
  ["fds", ({ holding }) => String(holding.descriptors)],
  ["threads", ({ holding }) => String(holding.threads)],
  ["files", ({ holding }) => String(holding.files.length)],
  ["zombies", ({ holding }) => String(holding.zombies.length)],
  ["probes", (row) => String(askedIn(row).reduce((sum, { asked }) => sum + asked, 0))],
  ["wrong", (row) => String(askedIn(row).reduce((sum, { wrong }) => sum + wrong.length, 0))],
  ["slowest (ms)", ({ probes }) => NAMES.map((name) => Math.round(probes[name]?.longest ?? 0)).join(", ")],
];

/** What the slowest responses are printed of, in this order. */
const NAMES = ["ready", "health", "scrape"];

function askedIn({ probes }: Row): readonly Asked[] {
  return Object.values(probes);
}

/** The table of a run, in Markdown. */
export const TABLE = tableOf(COLUMNS);
