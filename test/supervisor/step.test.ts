import { describe, expect, test } from "bun:test";
import { epochsOf, type Stage } from "../../src/supervisor/stage.ts";
import type { Event, State } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import { EVENTS } from "./events.ts";
import { type KnownShape, reachableShapes, shapeOf, WAYS } from "./shapes.ts";
import { lastCommands, play, RULES, renew, TERMINATE } from "./support.ts";

const SHAPES = Object.keys(WAYS) as readonly KnownShape[]; // the keys of the record above
/** The stage after each event that matters in a shape, and what the event begins. */
type Rows = Readonly<Record<string, readonly [Stage["kind"], ...string[]]>>;

const DRAINS = ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"] as const;
const ENDS_DRAIN = ["stopping", "SIGTERM to 0", "arm kill 4000"] as const;
const ENDS_DRAIN_OF_TWO = ["stopping", "SIGTERM to 1", "arm kill 4000"] as const;
const STARTS_AFRESH = ["running", "start 0 of 0", "await-live 0"] as const;

/** What asks for a stop, in a state without one. */
function asked(stop: Rows[string], quit: Rows[string]): Rows {
  return { terminate: stop, interrupt: stop, "terminal is gone": stop, fail: stop, quit };
}

/** Epoch 0 runs alone. */
const ALONE: Rows = {
  ...asked(DRAINS, ["stopping", "close", "SIGTERM to 0", "arm kill 4000"]),
  "not-started 0": ["done"],
  "0 exits": ["done", "clean-up 0"],
  "0 crashes": ["done", "clean-up 0"],
};

const DELAYING: Rows = {
  interrupt: ENDS_DRAIN,
  quit: ENDS_DRAIN,
  "not-started 0": ["done"],
  "0 exits": ["done", "clean-up 0"],
  "0 crashes": ["done", "clean-up 0"],
  "timer delay": ["draining", "drain /drain_listeners?graceful", "arm hold 5000"],
  "timer budget": ENDS_DRAIN,
};

const COUNTS_AGAIN = ["draining", "arm count 1000"] as const;
const COUNTS: Rows = {
  "timer count": ["draining", "count"],
  "3 connections": COUNTS_AGAIN,
  "count failed": COUNTS_AGAIN,
  "count unknown": COUNTS_AGAIN,
};

const DRAINING: Rows = {
  ...COUNTS,
  interrupt: ENDS_DRAIN,
  quit: ENDS_DRAIN,
  "not-started 0": ["done"],
  "0 exits": ["done", "clean-up 0"],
  "0 crashes": ["done", "clean-up 0"],
  "timer hold": ENDS_DRAIN,
  "timer budget": ENDS_DRAIN,
  "no connections": ENDS_DRAIN,
};

/** What happens before the signal in a stage that continues if one of two epochs ends. */
function continuesWithOne(stage: "delaying" | "draining"): Rows {
  return {
    interrupt: ENDS_DRAIN_OF_TWO,
    quit: ENDS_DRAIN_OF_TWO,
    "0 exits": [stage, "clean-up 0"],
    "0 crashes": [stage, "clean-up 0"],
    "1 exits": [stage, "clean-up 1"],
    "1 crashes": [stage, "clean-up 1"],
    "not-started 1": [stage],
  };
}

/** The delay and the drain continue if one of two epochs ends. The newer one gets the signal, live or not, and ends the older. */
const DELAYING_TWO: Rows = {
  ...continuesWithOne("delaying"),
  "timer delay": ["draining", "drain /drain_listeners?graceful", "arm hold 5000"],
  "timer budget": ENDS_DRAIN_OF_TWO,
};

const DRAINING_TWO: Rows = {
  ...COUNTS,
  ...continuesWithOne("draining"),
  "timer hold": ENDS_DRAIN_OF_TWO,
  "timer budget": ENDS_DRAIN_OF_TWO,
  "no connections": ENDS_DRAIN_OF_TWO,
};

const STOPPING: Rows = {
  interrupt: ["stopping", "SIGKILL to 0"],
  "0 exits": ["done", "clean-up 0"],
  "0 crashes": ["done", "clean-up 0"],
  "not-started 0": ["done"],
  "timer kill": ["stopping", "SIGKILL to 0"],
};

/** The older one gets the signal when the newer one has exited, and no sooner. */
const STOPPING_TWO: Rows = {
  interrupt: ["stopping", "SIGKILL to 0", "SIGKILL to 1"],
  "0 exits": ["stopping", "clean-up 0"],
  "0 crashes": ["stopping", "clean-up 0"],
  "1 exits": ["stopping", "clean-up 1", "SIGTERM to 0"],
  "1 crashes": ["stopping", "clean-up 1", "SIGTERM to 0"],
  "not-started 1": ["stopping", "SIGTERM to 0"],
  "timer kill": ["stopping", "SIGKILL to 0", "SIGKILL to 1"],
};

/** Every other event of a shape changes no stage and begins nothing, but for `everywhere`. */
const TABLE: Readonly<Record<KnownShape, Rows>> = {
  "running -": { ...ALONE, "request epoch": ["running", "await-live 0"], "live 0": ["running", "arm steady 60000"] },
  "running L": { ...ALONE, "request epoch": ["preparing", "prepare 1 by force"] },
  "preparing L": {
    ...ALONE,
    ready: ["starting", "start 1 of 1", "await-live 1", "arm live 60000"],
    unchanged: ["running"],
    failed: ["running"],
  },
  "retrying L": { ...ALONE, "timer retry": ["preparing", "prepare 1 by force"] },
  "starting L-": {
    ...asked(DRAINS, ["stopping", "close", "SIGTERM to 1", "arm kill 4000"]),
    "not-started 0": ["clearing", "SIGKILL to 1"],
    "not-started 1": ["retrying", "repair", "arm retry 5000"],
    "live 1": ["retiring", "arm steady 60000", "arm retire 75000"],
    "1 exits": ["retrying", "clean-up 1", "repair", "arm retry 5000"],
    "1 crashes": ["retrying", "clean-up 1", "repair", "arm retry 5000"],
    "0 exits": ["clearing", "clean-up 0", "SIGKILL to 1"],
    "0 crashes": ["clearing", "clean-up 0", "SIGKILL to 1"],
    "timer live": ["starting", "SIGKILL to 1"],
  },
  "retiring LL": {
    ...asked(DRAINS, ["stopping", "close", "SIGTERM to 1", "arm kill 4000"]),
    "not-started 0": ["running"],
    "not-started 1": ["clearing", "SIGKILL to 0"],
    "0 exits": ["running", "clean-up 0"],
    "0 crashes": ["running", "clean-up 0"],
    "1 exits": ["clearing", "clean-up 1", "SIGKILL to 0"],
    "1 crashes": ["clearing", "clean-up 1", "SIGKILL to 0"],
    "timer retire": ["retiring", "SIGKILL to 0"],
  },
  "clearing -": {
    ...asked(DRAINS, ["stopping", "close", "SIGTERM to 1", "arm kill 4000"]),
    "not-started 1": STARTS_AFRESH,
    "1 exits": ["running", "clean-up 1", "start 0 of 0", "await-live 0"],
    "1 crashes": ["running", "clean-up 1", "start 0 of 0", "await-live 0"],
  },
  "clearing L": {
    ...asked(DRAINS, ["stopping", "close", "SIGTERM to 0", "arm kill 4000"]),
    "not-started 0": STARTS_AFRESH,
    "0 exits": ["running", "clean-up 0", "start 0 of 0", "await-live 0"],
    "0 crashes": ["running", "clean-up 0", "start 0 of 0", "await-live 0"],
  },
  "waiting 0": { ...asked(["done", "close"], ["done", "close"]), "timer backoff": STARTS_AFRESH },
  "delaying -": DELAYING,
  "delaying L": DELAYING,
  "delaying L-": DELAYING_TWO,
  "delaying LL": DELAYING_TWO,
  "draining -": DRAINING,
  "draining L": DRAINING,
  // No count says anything before the newer one is live.
  "draining L-": {
    ...DRAINING_TWO,
    "live 1": ["draining", "drain /drain_listeners?graceful"],
    "3 connections": COUNTS_AGAIN,
    "no connections": COUNTS_AGAIN,
  },
  "draining LL": DRAINING_TWO,
  "stopping -": STOPPING,
  "stopping L": STOPPING,
  "stopping L-": STOPPING_TWO,
  "stopping LL": STOPPING_TWO,
  "done 0": {},
};

/** What an event does in every state that has not ended: signals pass through to all epochs, a drain is asked for until a stop begins. */
function everywhere({ stage }: State, name: string): readonly string[] {
  const { kind } = stage;
  const toAll = (signal: string) => epochsOf(stage).map(({ number }) => `${signal} to ${number}`);
  const isEnding = ["delaying", "draining", "stopping"].includes(kind);
  if (kind === "done") return [];
  if (name === "reopen") return toAll("SIGUSR1");
  if (name === "suspend") return [...toAll("SIGSTOP"), "suspend"];
  if (name === "resume") return toAll("SIGCONT");
  if (name === "hang-up" && !isEnding) return ["check-terminal"];
  if (name === "drain" && !isEnding) return ["drain /drain_listeners?graceful&skip_exit"];
  return [];
}

test("the table has exactly the shapes that exist", () => {
  expect([...reachableShapes()].sort()).toEqual([...SHAPES].sort());
});

describe.each([...SHAPES])("%s", (shape) => {
  const { events, rules: change } = { rules: {}, ...WAYS[shape] };
  const rules = { ...RULES, ...change };
  const before = play(rules, events).state;

  test("is reached", () => {
    expect(shapeOf(before)).toBe(shape);
  });

  test("a hang-up of an agent that outlives its terminal requests a new epoch", () => {
    expect(step(rules, before, { kind: "hang-up", isReload: true })).toEqual(step(rules, before, renew("SIGHUP")));
  });

  test.each(Object.keys(EVENTS))("%s", (name) => {
    const event = EVENTS[name] ?? TERMINATE;
    const [stage = before.stage.kind, ...commands] = TABLE[shape][name] ?? [undefined, ...everywhere(before, name)];
    const [after] = step(rules, before, event);
    expect({ stage: after.stage.kind, commands: lastCommands(rules, [...events, event]) }).toEqual({ stage, commands });
  });
});

test("every kind of event has a row", () => {
  // A kind that is new makes this record incomplete, and with it the program.
  const kinds: Readonly<Record<Event["kind"], true>> = {
    terminate: true,
    quit: true,
    drain: true,
    "request-epoch": true,
    "hang-up": true,
    reopen: true,
    suspend: true,
    resume: true,
    "unused-signal": true,
    "parent-death-unset": true,
    prepared: true,
    "not-started": true,
    live: true,
    drained: true,
    counted: true,
    timer: true,
    exited: true,
    fail: true,
  };
  expect(Object.keys(kinds).filter((kind) => !Object.values(EVENTS).some((event) => event.kind === kind))).toEqual([]);
});
