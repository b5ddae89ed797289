import type { AgentMetrics } from "../../status/ports.ts";
import { currentEpoch } from "../../supervisor/stage.ts";
import { INITIAL, type State } from "../../supervisor/state.ts";
import { EMPTY_TALLY, epochState, type Tally, updateTally } from "../../supervisor/tally.ts";

/** The part of the agent's metrics that comes from the supervisor. */
export interface AgentMetricsTracker {
  readonly seen: (state: State) => void;
  readonly metrics: () => AgentMetrics;
}

/** Tracks the supervisor from its first state on. */
export function openAgentMetrics(): AgentMetricsTracker {
  let state: State = INITIAL;
  let tally: Tally = EMPTY_TALLY;
  let drainedAt: number | undefined;
  return {
    seen(next) {
      if (next.drained) drainedAt ??= performance.now();
      tally = updateTally(tally, state, next);
      state = next;
    },
    metrics: () => ({
      state: epochState(state),
      epoch: currentEpoch(state.stage)?.number ?? 0,
      ...(drainedAt === undefined ? {} : { drainSeconds: (performance.now() - drainedAt) / 1_000 }),
      restarts: tally.restarts,
      hotRestarts: tally.hotRestarts,
    }),
  };
}
