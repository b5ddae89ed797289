import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { healthLog } from "../../mesh/health-log.ts";
import { type HealthReport, nextTurn, stepHealth, UNPROBED } from "../../mesh/health-step.ts";
import type { HealthPlan } from "../../mesh/mesh-plan.ts";
import { pause } from "./pause.ts";
import { probeWorkload } from "./probe-workload.ts";

/** What the probes of the workload use. */
export interface HealthTools {
  readonly plan: HealthPlan;
  /** Returns why Envoy is not ready; undefined if it is, or if there is none. */
  readonly envoyProblem: () => Promise<string | undefined>;
  /** Receives each change. */
  readonly report: (report: HealthReport) => void;
  readonly log: Log;
}

/** The running probes. */
export interface HealthProbes {
  readonly close: () => void;
}

/** Probes Envoy and then the application, until it is closed, and reports each change (contract 1.30 §13c). */
export function openHealthProbes(tools: HealthTools): HealthProbes {
  const stop = new AbortController();
  run(tools, stop.signal).catch((error: unknown) => tools.log("error", bugText(error)));
  return { close: () => stop.abort() };
}

async function run({ plan, envoyProblem, report, log }: HealthTools, stopped: AbortSignal): Promise<void> {
  let state = UNPROBED;
  let tick: number | undefined;
  const note = healthLog(log);
  await pause(plan.initialDelay, stopped);
  while (!stopped.aborted) {
    const missing = await envoyProblem();
    if (stopped.aborted) return;
    const problem = missing ?? (await probeWorkload(plan.probe, stopped));
    if (stopped.aborted) return;
    const [next, changed] = stepHealth(state, problem, plan.thresholds);
    note(state, next, problem);
    if (changed !== undefined) report(changed);
    state = next;
    const turn = nextTurn(tick, performance.now(), plan.period);
    tick = turn.tick;
    await pause(turn.wait, stopped);
  }
}
