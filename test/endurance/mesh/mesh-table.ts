import type { Holding } from "../holding.ts";
import { tableOf } from "../table-of.ts";

/** Some minutes of an endurance run in a mesh; each list has a value for each pod. */
export interface MeshRow {
  readonly minutes: string;
  readonly requests: number;
  readonly failed: number;
  readonly certificates: number;
  readonly restarts: number;
  readonly outages: number;
  /** Processor time of the agents, in seconds. */
  readonly processor: readonly number[];
  /** Warnings of the agents. */
  readonly warnings: readonly number[];
  readonly holdings: readonly Holding[];
  readonly probes: number;
  readonly wrong: readonly string[];
}

const listed = (values: readonly (number | string)[]) => values.join(", ");

/** The table of a run, in Markdown. */
export const MESH_TABLE = tableOf<MeshRow>([
  ["minutes", ({ minutes }) => minutes],
  ["requests", ({ requests }) => String(requests)],
  ["failed", ({ failed }) => String(failed)],
  ["certificates", ({ certificates }) => String(certificates)],
  ["restarts", ({ restarts }) => String(restarts)],
  ["outages", ({ outages }) => String(outages)],
  ["MB", ({ holdings }) => listed(holdings.map(({ memory }) => memory.toFixed(1)))],
  ["fds", ({ holdings }) => listed(holdings.map(({ descriptors }) => descriptors))],
  ["threads", ({ holdings }) => listed(holdings.map(({ threads }) => threads))],
  ["files", ({ holdings }) => listed(holdings.map(({ files }) => files.length))],
  ["CPU (s)", ({ processor }) => listed(processor.map((seconds) => seconds.toFixed(1)))],
  ["warnings", ({ warnings }) => listed(warnings)],
  ["probes", ({ probes }) => String(probes)],
  ["wrong", ({ wrong }) => String(wrong.length)],
]);
