import { currentEpoch } from "./stage.ts";
import type { State } from "./state.ts";

/** What came of the agent's Envoys so far, for its own metrics. */
export interface Tally {
  /** Fresh starts after an Envoy was lost. */
  readonly restarts: number;
  /** Hot restarts by how they ended: the new epoch serves, the old one stayed, both were lost. */
  readonly hotRestarts: { readonly succeeded: number; readonly failed: number; readonly lost: number };
}

export const NOTHING: Tally = { restarts: 0, hotRestarts: { succeeded: 0, failed: 0, lost: 0 } };

/** The tally after a step from one state to another. */
export function tallied(tally: Tally, from: State, to: State): Tally {
  const [before, after] = [from.stage.kind, to.stage.kind];
  if (before === after && before !== "running") return tally;
  const counted = (outcome: keyof Tally["hotRestarts"]): Tally => ({
    ...tally,
    hotRestarts: { ...tally.hotRestarts, [outcome]: tally.hotRestarts[outcome] + 1 },
  });
  if (before === "retiring" && (after === "running" || after === "preparing")) return counted("succeeded");
  if (before === "starting" && (after === "running" || after === "preparing" || after === "retrying")) return counted("failed");
  if (after === "clearing") return counted("lost");
  if (after === "running" && (before === "waiting" || before === "clearing")) return { ...tally, restarts: tally.restarts + 1 };
  return tally;
}

/** The state of the current epoch in the words of the metrics. */
export function epochState(state: State): "initializing" | "live" | "draining" | "stopping" | "gone" {
  switch (state.stage.kind) {
    case "delaying":
    case "draining":
    case "abandoning":
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
