import { epochsOf } from "../../src/supervisor/stage.ts";
import { type Command, type Event, INITIAL, isPlanInUse, type State, type Timer } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import type { Supervision } from "../../src/supervisor/supervision.ts";
import { exited, live, READY, RULES, timer } from "./support.ts";

// Simulates an hour of the agent in moments: scheduled events, and an environment that executes the commands.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const EVERY: Supervision = { ...RULES, parentShutdown: 10_000, restart: "on-failure" };

/** A pending event. */
export interface Due {
  readonly at: number;
  readonly event: Event;
  /** The timer it belongs to; arming it again replaces the event. */
  readonly timer?: Timer;
}

/** Returns the responses of Envoy and the machine to a command: events with their delays in milliseconds. */
function answersTo(command: Command, { stage }: State): readonly (readonly [delay: number, event: Event])[] {
  switch (command.kind) {
    case "prepare":
      return [[100, READY]];
    case "await-live":
      return [
        [100, live(command.epoch)],
        ...epochsOf(stage)
          .filter(({ number }) => number < command.epoch)
          .map(({ number }) => [100 + EVERY.parentShutdown, exited(number, 0)] as const),
      ];
    case "signal":
      return command.signal === "SIGUSR1" ? [] : [[10, exited(command.epoch, null, command.signal)]];
    case "count":
      return [[5, { kind: "counted", connections: 1 }]];
    case "drain":
      return [[5, { kind: "drained" }]];
    default:
      return [];
  }
}

/** The result of an hour. */
export interface Hour {
  /** The maximum sizes. */
  readonly most: Size;
  readonly counts: Readonly<Record<string, number>>;
  readonly state: State;
  /** Pending events, in milliseconds from the end of the hour. */
  readonly due: readonly Due[];
}

export interface Size {
  /** Characters of the state as JSON, without digits: an epoch's number may grow. */
  readonly state: number;
  readonly timers: number;
  readonly plans: number;
}

/** More than the largest state of a hot restart, and far less than one more item per minute. */
export const ROOM: Size = { state: 400, timers: 4, plans: 4 };

/** Simulates an hour of scheduled events in order, with all that follows from them. */
export function playHour(
  rules: Supervision,
  schedule: readonly (readonly [at: number, event: Event])[],
  before: Pick<Hour, "state" | "due"> = { state: INITIAL, due: [] },
  seen: (state: State) => void = () => {},
): Hour {
  const waiting = schedule.map(([at, event]): Due => ({ at, event })).toReversed();
  let { state, due } = before;
  let most: Size = { state: 0, timers: 0, plans: 0 };
  const counts: Record<string, number> = {};
  for (;;) {
    const next = [...due, ...waiting.slice(-1)].reduce<Due | undefined>(
      (first, one) => (first === undefined || one.at < first.at ? one : first),
      undefined,
    );
    if (next === undefined || next.at >= HOUR) return { most, counts, state, due: due.map((one) => ({ ...one, at: one.at - HOUR })) };
    if (next === waiting.at(-1)) waiting.pop();
    else due = due.filter((one) => one !== next);
    const [after, commands] = step(rules, state, next.event);
    state = after;
    seen(state);
    for (const command of commands) {
      counts[command.kind] = (counts[command.kind] ?? 0) + 1;
      due = perform(command, state, due, next.at);
    }
    most = larger(most, sizeOf(state, due, before.state.plan));
  }
}

function perform(command: Command, state: State, due: readonly Due[], now: number): readonly Due[] {
  if (command.kind !== "arm" && command.kind !== "disarm")
    return [...due, ...answersTo(command, state).map(([delay, event]) => ({ at: now + delay, event }))];
  const others = due.filter((each) => each.timer !== command.timer);
  if (command.kind === "disarm") return others;
  return [...others, { at: now + command.milliseconds, event: timer(command.timer), timer: command.timer }];
}

/** Plans from before the hour are not counted. */
function sizeOf(state: State, due: readonly Due[], since: number): Size {
  return {
    state: JSON.stringify(state).replace(/\d+/g, "0").length,
    timers: due.filter((one) => one.timer !== undefined).length,
    plans: Array.from({ length: state.plan - since + 1 }, (_, count) => since + count).filter((id) => isPlanInUse(state, id)).length,
  };
}

export function larger(one: Size, other: Size): Size {
  return {
    state: Math.max(one.state, other.state),
    timers: Math.max(one.timers, other.timers),
    plans: Math.max(one.plans, other.plans),
  };
}

/** Schedules events at a fixed interval until the end of the hour. */
export function each(from: number, period: number, event: (count: number) => Event): readonly (readonly [number, Event])[] {
  return Array.from({ length: Math.ceil((HOUR - from) / period) }, (_, count) => [from + count * period, event(count)] as const);
}

/** Merges schedules by time. */
export function merged(...schedules: readonly (readonly (readonly [number, Event])[])[]): readonly (readonly [number, Event])[] {
  return schedules.flat().sort(([one], [other]) => one - other);
}
