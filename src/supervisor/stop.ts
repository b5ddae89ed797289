import { deadlinesOf, seconds } from "./budget.ts";
import { after, type OfKind, say } from "./machine.ts";
import { epochsOf, type Stage, type StageOf, type Stop } from "./stage.ts";
import { arm, type Command, type Event, type State, type Stepped, signalled } from "./state.ts";
import type { Supervision } from "./supervision.ts";

/** Failed counts in a row after which nothing is left to wait for (README of the recorded cases). */
const COUNT_FAILURES = 5;
/** An epoch that is not live has nothing to lose: time from its SIGTERM to its SIGKILL. */
const ABANDON_LIMIT = 1_000;

type Request = OfKind<Event, "terminate" | "quit" | "fail">;

/** A stop is asked for: by a signal, by /quitquitquit, or because the agent cannot go on. */
export function askedToStop(rules: Supervision, state: State, event: Request): Stepped {
  const { stage } = state;
  switch (stage.kind) {
    case "done":
      return [state, []];
    case "abandoning":
    case "delaying":
    case "draining":
    case "stopping":
      return repeated(rules, state, stage, event);
    default:
      return firstAsked(rules, state, stage, event);
  }
}

function firstAsked(
  rules: Supervision,
  state: State,
  stage: Exclude<Stage, { kind: "done" | "abandoning" | "delaying" | "draining" | "stopping" }>,
  event: Request,
): Stepped {
  const drained = state.drained || (event.kind === "quit" && !rules.quitDrains);
  const asked: State = { ...state, drained, wanted: undefined };
  const opening = (drains: boolean): readonly Command[] => [
    say("info", whyItStops(event, drains)),
    { kind: "close" },
    { kind: "notify", state: "STOPPING" },
  ];
  const failure = event.kind === "fail" ? event.status : undefined;
  if (stage.kind === "alone" || stage.kind === "waiting")
    return [{ ...asked, stage: { kind: "done", status: failure ?? 0 } }, opening(false)];
  const stop: Stop = {
    older: "older" in stage ? stage.older : undefined,
    newest: stage.newest,
    requests: event.kind === "terminate" && event.signal !== "SIGTERM" ? [event.signal, "SIGTERM"] : ["SIGTERM"],
    failure,
    newestStatus: undefined,
  };
  const stepped = stage.kind === "starting" ? abandon(asked, stop) : begin(rules, asked, stop);
  const deadlines = deadlinesOf(rules);
  const isBounded = deadlines !== undefined && stepped[0].stage.kind !== "stopping";
  const budget = isBounded ? [arm("budget", deadlines.stop)] : [];
  return after([...opening(!drained && takesTime(rules)), ...budget], stepped);
}

/** Whether there is anything to wait for before Envoy gets SIGTERM. */
function takesTime({ preDrainDelay, drain }: Supervision): boolean {
  return preDrainDelay > 0 || drain.hold > 0 || drain.until === "connections";
}

function whyItStops(event: Request, drains: boolean): string {
  if (event.kind === "fail") return `Stopping Envoy: ${event.why}`;
  if (event.kind === "quit") return "Received /quitquitquit, stopping Envoy";
  if (event.signal === "SIGHUP") return "The terminal was closed (SIGHUP), stopping Envoy";
  const hint = event.signal === "SIGINT" && drains ? "; press Ctrl-C again (SIGINT) to skip the drain" : "";
  return `Received ${event.signal}, stopping Envoy${hint}`;
}

/** A repeated SIGTERM changes nothing (recorded); a person at a terminal may end the drain, then kill. */
function repeated(
  rules: Supervision,
  state: State,
  stage: StageOf<"abandoning" | "delaying" | "draining" | "stopping">,
  event: Request,
): Stepped {
  const { kind, stop } = stage;
  if (event.kind === "fail") return [{ ...state, stage: { ...stage, stop: { ...stop, failure: event.status } } }, []];
  if (event.kind === "quit" && !rules.quitDrains) return kind === "stopping" ? [state, []] : terminate(rules, state, stop);
  const request = event.kind === "quit" ? "/quitquitquit" : event.signal;
  if (request !== "SIGINT") return [state, [say("info", `Received ${request}, already stopping`)]];
  if (kind === "stopping") return killAll(state, "Received SIGINT, killing Envoy");
  return after([say("info", "Received SIGINT, ending the drain; press Ctrl-C again to kill Envoy")], terminate(rules, state, stop));
}

/** The epoch that is not live ends before anything else: its parent must not be signalled during a hot restart. */
function abandon(state: State, stop: Stop): Stepped {
  const [next, commands] = signalled({ ...state, stage: { kind: "abandoning", stop } }, stop.newest.number, "SIGTERM");
  return [next, [...commands, arm("abandon", ABANDON_LIMIT)]];
}

/** Begins the delay, the drain or at once the end. */
export function begin(rules: Supervision, state: State, stop: Stop): Stepped {
  if (state.drained) return terminate(rules, state, stop);
  if (rules.preDrainDelay <= 0) return drain(rules, state, stop);
  return [
    { ...state, stage: { kind: "delaying", stop } },
    [say("info", `Waiting ${seconds(rules.preDrainDelay)} before the drain`), arm("delay", rules.preDrainDelay)],
  ];
}

export function drain({ drain }: Supervision, state: State, stop: Stop): Stepped {
  return [
    { ...state, stage: { kind: "draining", stop, failures: 0 } },
    [
      say("info", `Draining Envoy (${drain.path}) for ${seconds(drain.hold)}${drain.until === "connections" ? " or longer" : ""}`),
      { kind: "drain", path: drain.path },
      arm("hold", Math.max(0, drain.hold)),
    ],
  ];
}

/** The time of a drain is over: what is left are connections, where the rules wait for them. */
export function heldLongEnough(rules: Supervision, state: State, { stop }: StageOf<"draining">): Stepped {
  return rules.drain.until === "time" ? terminate(rules, state, stop) : [state, [{ kind: "count" }]];
}

/** SIGTERM to the newest epoch; an older one ends with it. */
export function terminate(rules: Supervision, state: State, stop: Stop): Stepped {
  const [next, commands] = signalled({ ...state, stage: { kind: "stopping", stop } }, stop.newest.number, "SIGTERM");
  return [next, [...commands, arm("kill", timeToStop(rules))]];
}

/** From SIGTERM to SIGKILL, never beyond the grace period. */
export function timeToStop(rules: Supervision): number {
  return Math.min(rules.stopTimeout, deadlinesOf(rules)?.kill ?? rules.stopTimeout);
}

/** SIGKILL to every epoch. */
export function killAll(state: State, why: string): Stepped {
  return epochsOf(state.stage).reduce<Stepped>(
    ([so, commands], { number }) => {
      const [next, more] = signalled(so, number, "SIGKILL");
      return [next, [...commands, ...more]];
    },
    [state, [say("warn", why)]],
  );
}

/** The answer to a count of connections (contract 1.30 §9.3; a time-out is not a failure). */
export function counted(rules: Supervision, state: State, answer: OfKind<Event, "counted">["connections"]): Stepped {
  const { stage } = state;
  if (stage.kind !== "draining") return [state, []];
  const connections = answer === "none" && rules.drain.lossless ? "unknown" : answer;
  if (connections === 0 || connections === "none")
    return after([say("info", "No connections are left, stopping Envoy")], terminate(rules, state, stage.stop));
  const failures = connections === "failed" ? stage.failures + 1 : connections === "unknown" ? stage.failures : 0;
  if (failures >= COUNT_FAILURES)
    return after(
      [say("warn", `Envoy's admin interface failed ${failures} times in a row, ending the drain`)],
      terminate(rules, state, stage.stop),
    );
  const text =
    typeof connections === "number" ? left(connections) : `Cannot count connections: ${WHY[answer === "none" ? "none" : connections]}`;
  return [{ ...state, stage: { ...stage, failures } }, [say("info", text), arm("count", rules.drain.interval)]];
}

const WHY = {
  failed: "the admin interface does not answer",
  unknown: "no answer in time",
  none: "the bootstrap disables their statistics",
} as const;

function left(connections: number): string {
  return connections === 1 ? "1 connection is left" : `${connections} connections are left`;
}
