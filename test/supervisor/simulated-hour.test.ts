import { expect, test } from "bun:test";
import type { Supervision } from "../../src/launch/supervision.ts";
import { isKept } from "../../src/supervisor/kept-launches.ts";
import { type Command, type Event, INITIAL, type State, type Timer } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import { exited, live, READY, RULES, renew, TERMINATE, timer } from "./support.ts";

// An hour of an agent's life in moments: events at their times, and an outside that does as it is told.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVERY: Supervision = { ...RULES, parentShutdown: 10_000, restart: "on-failure" };

interface Due {
  readonly at: number;
  readonly event: Event;
  /** The timer it belongs to; arming that again replaces it. */
  readonly timer?: Timer;
}

/** What Envoy and the machine make of a command: each event with its delay in milliseconds. */
function answersTo(command: Command, { epochs }: State): readonly (readonly [delay: number, event: Event])[] {
  switch (command.kind) {
    case "prepare":
      return [[100, READY]];
    case "await-live":
      return [
        [100, live(command.epoch)],
        ...epochs
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

interface Hour {
  /** The most there was at any moment. */
  readonly most: Size;
  readonly counts: Readonly<Record<string, number>>;
  readonly state: State;
}

interface Size {
  /** Characters of the state as JSON, where digits do not count: an epoch's number may grow. */
  readonly state: number;
  readonly timers: number;
  readonly launches: number;
}

/** More than the largest state of two epochs in a hand-over needs, and far less than one thing more for each minute. */
const ROOM: Size = { state: 400, timers: 4, launches: 4 };

/** Plays one hour of scheduled events, given in their order, and all that follows from them. */
function playHour(rules: Supervision, schedule: readonly (readonly [at: number, event: Event])[]): Hour {
  const waiting = schedule.map(([at, event]): Due => ({ at, event })).toReversed();
  let due: readonly Due[] = [];
  let state = INITIAL;
  let most: Size = { state: 0, timers: 0, launches: 0 };
  const counts: Record<string, number> = {};
  for (;;) {
    const next = [...due, ...waiting.slice(-1)].reduce<Due | undefined>(
      (first, one) => (first === undefined || one.at < first.at ? one : first),
      undefined,
    );
    if (next === undefined || next.at >= HOUR) return { most, counts, state };
    if (next === waiting.at(-1)) waiting.pop();
    else due = due.filter((one) => one !== next);
    const [after, commands] = step(rules, state, next.event);
    state = after;
    for (const command of commands) {
      counts[command.kind] = (counts[command.kind] ?? 0) + 1;
      due = perform(command, state, due, next.at);
    }
    most = larger(most, sizeOf(state, due));
  }
}

function perform(command: Command, state: State, due: readonly Due[], now: number): readonly Due[] {
  if (command.kind !== "arm" && command.kind !== "disarm")
    return [...due, ...answersTo(command, state).map(([delay, event]) => ({ at: now + delay, event }))];
  const others = due.filter((each) => each.timer !== command.timer);
  if (command.kind === "disarm") return others;
  return [...others, { at: now + command.milliseconds, event: timer(command.timer), timer: command.timer }];
}

function sizeOf(state: State, due: readonly Due[]): Size {
  return {
    state: JSON.stringify(state).replace(/\d+/g, "0").length,
    timers: due.filter((one) => one.timer !== undefined).length,
    launches: Array.from({ length: state.launch + 1 }, (_, id) => id).filter((id) => isKept(state, id)).length,
  };
}

function larger(one: Size, other: Size): Size {
  return {
    state: Math.max(one.state, other.state),
    timers: Math.max(one.timers, other.timers),
    launches: Math.max(one.launches, other.launches),
  };
}

/** Events at a regular pace until the end of the hour. */
function each(from: number, period: number, event: (count: number) => Event): readonly (readonly [number, Event])[] {
  return Array.from({ length: Math.ceil((HOUR - from) / period) }, (_, count) => [from + count * period, event(count)] as const);
}

/** The same in the order of their times. */
function merged(...schedules: readonly (readonly (readonly [number, Event])[])[]): readonly (readonly [number, Event])[] {
  return schedules.flat().sort(([one], [other]) => one - other);
}

function expectNoGrowth({ most }: Hour): void {
  expect(larger(most, ROOM)).toEqual(ROOM);
}

test("an hour with a hot restart each minute", () => {
  const hour = playHour(EVERY, [[50, live(0)], ...each(1_000, MINUTE, () => renew())]);
  expectNoGrowth(hour);
  expect(hour.state).toMatchObject({ stage: { kind: "running" }, launch: 60, epochs: [{ number: 60, live: true, sent: [] }] });
  expect(hour.counts).toMatchObject({ launch: 60, forget: 60, prepare: 60 });
});

test("an hour with a trigger each second comes to no more hot restarts than have time to end", () => {
  const hour = playHour(EVERY, [[50, live(0)], ...each(1_000, 1_000, (count) => renew(count % 2 === 0 ? "SIGHUP" : "certificates"))]);
  expectNoGrowth(hour);
  const { launch = 0, forget = 0 } = hour.counts;
  expect(launch).toBeGreaterThan(300);
  expect(launch).toBeLessThan(HOUR / EVERY.parentShutdown);
  expect(launch - forget).toBeLessThanOrEqual(1);
});

test("an hour with a crash every two minutes", () => {
  const crash = exited(0, null, "SIGSEGV");
  const hour = playHour(EVERY, [[50, live(0)], ...each(2 * MINUTE, 2 * MINUTE, () => crash)]);
  expectNoGrowth(hour);
  expect(hour.state).toMatchObject({ stage: { kind: "running" }, epochs: [{ number: 0, live: true }] });
  expect(hour.counts["launch"]).toBe(29);
});

test("an hour of log rotation and requests to drain", () => {
  const asked = merged(
    each(1_000, 1_000, () => ({ kind: "reopen" })),
    each(1_500, 1_000, () => ({ kind: "drain" })),
  );
  const hour = playHour(EVERY, [[50, live(0)], ...asked]);
  expectNoGrowth(hour);
  expect(hour.counts["signal"]).toBe(3599);
});

test("an hour of a drain that waits for a connection, asked again each second", () => {
  const rules: Supervision = {
    ...EVERY,
    drain: { ...EVERY.drain, until: "connections", lossless: true },
    gracePeriod: { milliseconds: 2 * HOUR, told: true },
  };
  const hour = playHour(rules, [[50, live(0)], ...each(1_000, 1_000, () => TERMINATE)]);
  expectNoGrowth(hour);
  expect(hour.state.stage).toEqual({ kind: "draining", failures: 0 });
  expect(hour.counts["count"]).toBeGreaterThan(3_000);
});
