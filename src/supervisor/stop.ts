import { deadlinesOf, seconds } from "./budget.ts";
import { arm, type Command, type Event, isEnding, type State, type Stepped, type StopRequest, say, signalled } from "./state.ts";
import type { Supervision } from "./supervision.ts";

/** Failed counts in a row after which nothing is left to wait for (README of the recorded cases). */
const COUNT_FAILURES = 5;
/** An epoch that is not live has nothing to lose: time from its SIGTERM to its SIGKILL. */
const ABANDON_LIMIT = 1_000;

/** A stop is asked for: by a signal, by /quitquitquit, or because the agent cannot go on (design §5.2). */
export function askedToStop(rules: Supervision, state: State, event: Extract<Event, { kind: "terminate" | "quit" | "fail" }>): Stepped {
  const known: State = event.kind === "fail" ? { ...state, status: event.status } : state;
  if (isEnding(state)) return repeated(rules, known, event);
  const asking: readonly StopRequest[] = event.kind === "terminate" && event.signal !== "SIGTERM" ? [event.signal, "SIGTERM"] : ["SIGTERM"];
  const epochs = state.epochs.map((epoch) => ({ ...epoch, sent: [...epoch.sent, ...asking] }));
  const drained = state.drained || (event.kind === "quit" && !rules.quitDrains);
  const asked: State = { ...known, epochs, drained, wanted: undefined };
  const deadlines = deadlinesOf(rules);
  const opening: readonly Command[] = [
    say("info", whyItStops(event, !drained && epochs.length > 0 && takesTime(rules))),
    { kind: "close" },
    { kind: "notify", state: "STOPPING" },
  ];
  if (epochs.length === 0) return [{ ...asked, stage: { kind: "done", status: known.status ?? 0 } }, opening];
  const stepped = state.stage.kind === "starting" ? abandon(asked) : begin(rules, asked);
  const isBounded = deadlines !== undefined && stepped[0].stage.kind !== "stopping";
  return after(isBounded ? [...opening, arm("budget", deadlines.stop)] : opening, stepped);
}

/** Whether there is anything to skip before Envoy is told to end. */
function takesTime({ preDrainDelay, drain }: Supervision): boolean {
  return preDrainDelay > 0 || drain.hold > 0 || drain.until === "connections";
}

function whyItStops(event: Extract<Event, { kind: "terminate" | "quit" | "fail" }>, drains: boolean): string {
  if (event.kind === "fail") return `Stopping Envoy: ${event.why}`;
  if (event.kind === "quit") return "Received /quitquitquit, stopping Envoy";
  if (event.signal === "SIGHUP") return "The terminal was closed (SIGHUP), stopping Envoy";
  const hint = event.signal === "SIGINT" && drains ? "; press Ctrl-C again (SIGINT) to skip the drain" : "";
  return `Received ${event.signal}, stopping Envoy${hint}`;
}

/** A repeated SIGTERM changes nothing (recorded); a person at a terminal may end the drain, then kill. */
function repeated(rules: Supervision, state: State, event: Extract<Event, { kind: "terminate" | "quit" | "fail" }>): Stepped {
  const { kind } = state.stage;
  if (kind === "done") return [state, []];
  if (event.kind === "fail") return [state, []];
  if (event.kind === "quit" && !rules.quitDrains) return kind === "stopping" ? [state, []] : stop(rules, state);
  const request = event.kind === "quit" ? "/quitquitquit" : event.signal;
  if (request !== "SIGINT") return [state, [say("info", `Received ${request}, the stop is already under way`)]];
  if (kind === "stopping") return killAll(state, "Received SIGINT, killing Envoy");
  return after([say("info", "Received SIGINT, the drain ends now; press Ctrl-C again to kill Envoy")], stop(rules, state));
}

/** The epoch that is not live ends before anything else: its parent must not be signalled during a hot restart. */
function abandon(state: State): Stepped {
  const child = state.epochs.at(-1);
  if (child === undefined) return [state, []];
  const [next, commands] = signalled({ ...state, stage: { kind: "abandoning" } }, child.number, "SIGTERM");
  return [next, [...commands, arm("abandon", ABANDON_LIMIT)]];
}

/** The delay, the drain or at once the stop. */
export function begin(rules: Supervision, state: State): Stepped {
  if (state.drained) return stop(rules, state);
  if (rules.preDrainDelay <= 0) return drain(rules, state);
  return [
    { ...state, stage: { kind: "delaying" } },
    [say("info", `Waiting ${seconds(rules.preDrainDelay)} before the drain`), arm("delay", rules.preDrainDelay)],
  ];
}

function drain({ drain }: Supervision, state: State): Stepped {
  return [
    { ...state, stage: { kind: "draining", failures: 0 } },
    [
      say("info", `Draining Envoy (${drain.path}) for ${seconds(drain.hold)}${drain.until === "connections" ? " or longer" : ""}`),
      { kind: "drain", path: drain.path },
      arm("hold", Math.max(0, drain.hold)),
    ],
  ];
}

/** SIGTERM to the current epoch; an older one ends with it. */
function stop(rules: Supervision, state: State): Stepped {
  const current = state.epochs.at(-1);
  if (current === undefined) return [state, []];
  const [next, commands] = signalled({ ...state, stage: { kind: "stopping" } }, current.number, "SIGTERM");
  return [next, [...commands, arm("kill", timeToStop(rules))]];
}

/** From SIGTERM to SIGKILL, never beyond the grace period. */
function timeToStop(rules: Supervision): number {
  return Math.min(rules.stopTimeout, deadlinesOf(rules)?.kill ?? rules.stopTimeout);
}

function killAll(state: State, why: string): Stepped {
  return state.epochs.reduce<Stepped>(
    ([so, commands], { number }) => {
      const [next, more] = signalled(so, number, "SIGKILL");
      return [next, [...commands, ...more]];
    },
    [state, [say("warn", why)]],
  );
}

/** Time has passed while a stop is under way. */
export function stopTimer(rules: Supervision, state: State, timer: string): Stepped {
  const { stage } = state;
  const newest = state.epochs.at(-1);
  if (timer === "abandon" && stage.kind === "abandoning" && newest !== undefined) return signalled(state, newest.number, "SIGKILL");
  if (timer === "delay" && stage.kind === "delaying") return drain(rules, state);
  if (timer === "budget" && (stage.kind === "delaying" || stage.kind === "draining"))
    return after([say("warn", "The grace period is nearly over (--grace-period), the drain ends now")], stop(rules, state));
  if (timer === "hold" && stage.kind === "draining")
    return rules.drain.until === "time" ? stop(rules, state) : [state, [{ kind: "count" }]];
  if (timer === "count" && stage.kind === "draining") return [state, [{ kind: "count" }]];
  if (timer === "kill" && stage.kind === "stopping")
    return killAll(state, `Envoy has not stopped within ${seconds(timeToStop(rules))} (--stop-timeout), killing it`);
  return [state, []];
}

/** The answer to a count of connections (spec 1.30 §9.3; a time-out is not a failure). */
export function counted(rules: Supervision, state: State, answer: number | "failed" | "unknown" | "none"): Stepped {
  if (state.stage.kind !== "draining") return [state, []];
  const connections = answer === "none" && rules.drain.lossless ? "unknown" : answer;
  if (connections === 0 || connections === "none") return after([say("info", "No connection is left, stopping Envoy")], stop(rules, state));
  const failures = connections === "failed" ? state.stage.failures + 1 : connections === "unknown" ? state.stage.failures : 0;
  if (failures >= COUNT_FAILURES)
    return after([say("warn", `Envoy's admin failed ${failures} times in a row, the drain ends now`)], stop(rules, state));
  const text =
    typeof connections === "number" ? left(connections) : `Cannot count connections: ${WHY[answer === "none" ? "none" : connections]}`;
  return [{ ...state, stage: { kind: "draining", failures } }, [say("info", text), arm("count", rules.drain.interval)]];
}

const WHY = {
  failed: "Envoy's admin does not answer",
  unknown: "no answer in time",
  none: "Envoy's bootstrap keeps no statistics of them",
} as const;

function left(connections: number): string {
  return connections === 1 ? "1 connection is left" : `${connections} connections are left`;
}

/** Commands before those of a step. */
export function after(commands: readonly Command[], [state, more]: Stepped): Stepped {
  return [state, [...commands, ...more]];
}
