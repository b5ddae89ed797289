import { expect, test } from "bun:test";
import { openAgentMetrics } from "../../../src/host/supervisor/agent-metrics.ts";
import { INITIAL, type State } from "../../../src/supervisor/state.ts";

const epoch = (number: number, live = true) => ({ number, plan: number, live, sent: [] });
const RUNNING: State = { ...INITIAL, stage: { kind: "running", newest: epoch(2) } };
const STARTING: State = {
  ...RUNNING,
  stage: { kind: "starting", trigger: "SIGHUP", attempt: 1, older: epoch(2), newest: epoch(3, false) },
};
const RETIRING: State = { ...RUNNING, stage: { kind: "retiring", older: epoch(2), newest: epoch(3) } };
const TAKEN_OVER: State = { ...RUNNING, stage: { kind: "running", newest: epoch(3) } };
const WAITING: State = { ...RUNNING, stage: { kind: "waiting" } };

const NO_HOT_RESTART = { succeeded: 0, failed: 0, lost: 0 };

/** Returns the metrics after a sequence of states. */
function metricsAfter(...states: readonly State[]) {
  const account = openAgentMetrics();
  for (const state of states) account.seen(state);
  return account.metrics();
}

test.each([
  ["before any event", [], { state: "initializing", epoch: 0 }],
  ["of one live epoch", [RUNNING], { state: "live", epoch: 2 }],
  ["while the next epoch starts are those of the one that serves", [RUNNING, STARTING], { state: "live", epoch: 2 }],
  ["while the epoch before retires are those of the new one", [STARTING, RETIRING], { state: "live", epoch: 3 }],
  ["without an Envoy", [RUNNING, WAITING], { state: "gone", epoch: 0 }],
] as const)("the metrics %s", (_, states, expected) => {
  expect(metricsAfter(...states)).toEqual({ ...expected, restarts: 0, hotRestarts: NO_HOT_RESTART });
});

test("restarts and hot restarts are counted from the first state", () => {
  const all = [RUNNING, STARTING, RETIRING, TAKEN_OVER, WAITING, RUNNING, WAITING, RUNNING];
  expect(metricsAfter(...all)).toMatchObject({ restarts: 2, hotRestarts: { succeeded: 1, failed: 0, lost: 0 } });
});

test("the duration of a drain starts with the first state that has it", async () => {
  const account = openAgentMetrics();
  const before = performance.now();
  account.seen({ ...RUNNING, drained: true });
  const first = account.metrics().drainSeconds ?? Number.NaN;
  account.seen({ ...RUNNING, drained: true });
  const second = account.metrics().drainSeconds ?? Number.NaN;
  const most = (performance.now() - before) / 1_000;
  expect([first >= 0, second > first, second <= most]).toEqual([true, true, true]);
});
