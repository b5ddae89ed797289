import { deadlinesOf, seconds } from "./budget.ts";
import { logLine, type OfKind, prepend } from "./machine.ts";
import { epochsOf, isAdminTakenOver, type Stage, type StageOf, type Stop } from "./stage.ts";
import { arm, type Command, type Event, type State, type Stepped, signalled } from "./state.ts";
import type { Supervision } from "./supervision.ts";

/** Consecutive failed counts after which the drain ends (README of the recorded cases). */
const MAX_COUNT_FAILURES = 5;

type StopEvent = OfKind<Event, "terminate" | "quit" | "fail">;

/** Handles a request to stop: a signal, /quitquitquit, or a failure of the agent. */
export function requestStop(rules: Supervision, state: State, event: StopEvent): Stepped {
  const { stage } = state;
  switch (stage.kind) {
    case "done":
      return [state, []];
    case "delaying":
    case "draining":
    case "stopping":
      return repeatedRequest(rules, state, stage, event);
    default:
      return firstRequest(rules, state, stage, event);
  }
}

function firstRequest(
  rules: Supervision,
  state: State,
  stage: Exclude<Stage, { kind: "done" | "delaying" | "draining" | "stopping" }>,
  event: StopEvent,
): Stepped {
  const drained = state.drained || (event.kind === "quit" && !rules.quitDrains);
  const requested: State = { ...state, drained, wanted: undefined };
  const opening = (drains: boolean): readonly Command[] => [
    logLine("info", stopReason(event, drains)),
    { kind: "close" },
    { kind: "notify", state: "STOPPING" },
  ];
  const failure = event.kind === "fail" ? event.status : undefined;
  if (stage.kind === "alone" || stage.kind === "waiting")
    return [{ ...requested, stage: { kind: "done", status: failure ?? 0 } }, opening(false)];
  const stop: Stop = {
    older: "older" in stage ? stage.older : undefined,
    newest: stage.newest,
    requests: event.kind === "terminate" && event.signal !== "SIGTERM" ? [event.signal, "SIGTERM"] : ["SIGTERM"],
    failure,
    newestStatus: undefined,
  };
  const stepped = beginStop(rules, requested, stop);
  const deadlines = deadlinesOf(rules);
  const isBounded = deadlines !== undefined && stepped[0].stage.kind !== "stopping";
  const budget = isBounded ? [arm("budget", deadlines.stop)] : [];
  return prepend([...opening(!drained && hasDrainPhase(rules)), ...budget], stepped);
}

/** Returns whether Envoy's SIGTERM is preceded by a delay or drain. */
function hasDrainPhase({ preDrainDelay, drain }: Supervision): boolean {
  return preDrainDelay > 0 || drain.hold > 0 || drain.until === "connections";
}

function stopReason(event: StopEvent, drains: boolean): string {
  if (event.kind === "fail") return `Stopping Envoy: ${event.why}`;
  if (event.kind === "quit") return "Received /quitquitquit, stopping Envoy";
  if (event.signal === "SIGHUP") return "The terminal was closed (SIGHUP), stopping Envoy";
  const hint = event.signal === "SIGINT" && drains ? "; press Ctrl-C again (SIGINT) to skip the drain" : "";
  return `Received ${event.signal}, stopping Envoy${hint}`;
}

/** A repeated SIGTERM has no effect (recorded); at a terminal, it ends the drain, then kills. */
function repeatedRequest(
  rules: Supervision,
  state: State,
  stage: StageOf<"delaying" | "draining" | "stopping">,
  event: StopEvent,
): Stepped {
  const { kind, stop } = stage;
  if (event.kind === "fail") return [{ ...state, stage: { ...stage, stop: { ...stop, failure: event.status } } }, []];
  if (event.kind === "quit" && !rules.quitDrains) return kind === "stopping" ? [state, []] : terminate(rules, state, stop);
  const request = event.kind === "quit" ? "/quitquitquit" : event.signal;
  if (request !== "SIGINT") return [state, [logLine("info", `Received ${request}, already stopping`)]];
  if (kind === "stopping") return killAll(state, "Received SIGINT, killing Envoy");
  return prepend([logLine("info", "Received SIGINT, ending the drain; press Ctrl-C again to kill Envoy")], terminate(rules, state, stop));
}

/**
 * Starts the delay, the drain, or the end, of two epochs as of one. A new epoch that is not live must not be ended before the drain: Envoy
 * ends its parent with itself (contract envoy §6).
 */
function beginStop(rules: Supervision, state: State, stop: Stop): Stepped {
  if (state.drained) return terminate(rules, state, stop);
  if (rules.preDrainDelay <= 0) return drain(rules, state, stop);
  return [
    { ...state, stage: { kind: "delaying", stop } },
    [logLine("info", `Waiting ${seconds(rules.preDrainDelay)} before the drain`), arm("delay", rules.preDrainDelay)],
  ];
}

export function drain({ drain }: Supervision, state: State, stop: Stop): Stepped {
  return [
    { ...state, stage: { kind: "draining", stop, failures: 0 } },
    [
      logLine("info", `Draining Envoy (${drain.path}) for ${seconds(drain.hold)}${drain.until === "connections" ? " or longer" : ""}`),
      { kind: "drain", path: drain.path },
      arm("hold", Math.max(0, drain.hold)),
    ],
  ];
}

/** The drain time is over: waits for the remaining connections if the rules require it. */
export function holdExpired(rules: Supervision, state: State, { stop }: StageOf<"draining">): Stepped {
  return rules.drain.until === "time" ? terminate(rules, state, stop) : [state, [{ kind: "count" }]];
}

/** Sends SIGTERM to the newest epoch, live or not; an older one ends with it. */
export function terminate(rules: Supervision, state: State, stop: Stop): Stepped {
  const [next, commands] = signalled({ ...state, stage: { kind: "stopping", stop } }, stop.newest.number, "SIGTERM");
  return [next, [...commands, arm("kill", killTimeout(rules))]];
}

/** Returns the time from SIGTERM to SIGKILL, within the grace period. */
export function killTimeout(rules: Supervision): number {
  return Math.min(rules.stopTimeout, deadlinesOf(rules)?.kill ?? rules.stopTimeout);
}

/** Sends SIGKILL to every epoch. */
export function killAll(state: State, why: string): Stepped {
  return epochsOf(state.stage).reduce<Stepped>(
    ([current, commands], { number }) => {
      const [next, more] = signalled(current, number, "SIGKILL");
      return [next, [...commands, ...more]];
    },
    [state, [logLine("warn", why)]],
  );
}

/** Handles a count of connections (contract 1.30 §9.3; a timeout is not a failure). */
export function connectionsCounted(rules: Supervision, state: State, answer: OfKind<Event, "counted">["connections"]): Stepped {
  const { stage } = state;
  if (stage.kind !== "draining") return [state, []];
  const count = isAdminTakenOver(stage) ? "takenOver" : answer;
  if (count === 0 || (count === "none" && !rules.drain.lossless))
    return prepend([logLine("info", "No connections are left, stopping Envoy")], terminate(rules, state, stage.stop));
  const failures = failuresAfter(stage.failures, count);
  if (failures >= MAX_COUNT_FAILURES)
    return prepend(
      [logLine("warn", count === "takenOver" ? UNCOUNTED : `Envoy's admin interface failed ${failures} times in a row, ending the drain`)],
      terminate(rules, state, stage.stop),
    );
  const text = typeof count === "number" ? remainingText(count) : `Cannot count connections: ${COUNT_PROBLEMS[count]}`;
  return [{ ...state, stage: { ...stage, failures } }, [logLine("info", text), arm("count", rules.drain.interval)]];
}

const COUNT_PROBLEMS = {
  failed: "the admin interface does not answer",
  unknown: "no answer in time",
  none: "the bootstrap disables their statistics",
  takenOver: "the new epoch has the admin interface and is not live",
} as const;

/** Why a drain ends although connections may be left. */
const UNCOUNTED = `Cannot count connections, ending the drain: ${COUNT_PROBLEMS.takenOver}`;

function failuresAfter(failures: number, count: number | keyof typeof COUNT_PROBLEMS): number {
  if (typeof count === "number") return 0;
  return count === "failed" || count === "takenOver" ? failures + 1 : failures;
}

function remainingText(connections: number): string {
  return connections === 1 ? "1 connection is left" : `${connections} connections are left`;
}
