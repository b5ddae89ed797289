import { currentEpoch } from "./stage.ts";
import type { State } from "./state.ts";

/** Counts of what happened to the agent's Envoys, for its metrics. */
export interface Tally {
  /** Fresh starts after an Envoy was lost. */
  readonly restarts: number;
  /** Hot restarts by result: the new epoch serves, the old one continues, both were lost. */
  readonly hotRestarts: { readonly succeeded: number; readonly failed: number; readonly lost: number };
}

export const EMPTY_TALLY: Tally = { restarts: 0, hotRestarts: { succeeded: 0, failed: 0, lost: 0 } };

/** Updates the counts after a step from one state to another. */
export function updateTally(tally: Tally, from: State, to: State): Tally {
  const [before, after] = [from.stage.kind, to.stage.kind];
  if (before === after) return tally;
  const count = (outcome: keyof Tally["hotRestarts"]): Tally => ({
    ...tally,
    hotRestarts: { ...tally.hotRestarts, [outcome]: tally.hotRestarts[outcome] + 1 },
  });
  if (before === "retiring" && (after === "running" || after === "preparing")) return count("succeeded");
  if (before === "starting" && (after === "running" || after === "preparing" || after === "retrying")) return count("failed");
  if (after === "clearing") return count("lost");
  if (after === "running" && (before === "waiting" || before === "clearing")) return { ...tally, restarts: tally.restarts + 1 };
  return tally;
}

/** Returns the state of the current epoch as named in the metrics. */
export function epochState(state: State): "initializing" | "live" | "draining" | "stopping" | "gone" {
  switch (state.stage.kind) {
    case "delaying":
    case "draining":
      return "draining";
    case "stopping":
      return "stopping";
    case "alone":
    case "waiting":
    case "done":
      return "gone";
    default: {
      const current = currentEpoch(state.stage);
      if (current === undefined) return "gone";
      return current.live ? "live" : "initializing";
    }
  }
}
