import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Event, INITIAL, type Stage, type State, type Timer } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import { type KnownShape, reachableShapes, shapeOf, TIMERS, WAYS } from "./shapes.ts";
import { exited, INTERRUPT, lastCommands, live, play, READY, RULES, renew, TERMINATE, timer } from "./support.ts";

const SHAPES = Object.keys(WAYS) as readonly KnownShape[]; // the keys of the record above
const EVENTS: Readonly<Record<string, Event>> = {
  terminate: TERMINATE,
  interrupt: INTERRUPT,
  "terminal is gone": { kind: "terminate", signal: "SIGHUP" },
  quit: { kind: "quit" },
  drain: { kind: "drain" },
  renew: renew(),
  "hang-up": { kind: "hang-up", isReload: false },
  reopen: { kind: "reopen" },
  suspend: { kind: "suspend" },
  resume: { kind: "resume" },
  stray: { kind: "stray", signal: "SIGUSR2" },
  untied: { kind: "untied", epoch: 0, problem: "EPERM" },
  ready: READY,
  unchanged: { kind: "prepared", outcome: "unchanged" },
  failed: { kind: "prepared", outcome: "failed", problem: "bad" },
  "unlaunched 0": { kind: "unlaunched", epoch: 0, problem: "cannot", status: 127 },
  "unlaunched 1": { kind: "unlaunched", epoch: 1, problem: "cannot", status: 127 },
  "live 0": live(0),
  "live 1": live(1),
  drained: { kind: "drained" },
  "no connections": { kind: "counted", connections: 0 },
  "3 connections": { kind: "counted", connections: 3 },
  "count failed": { kind: "counted", connections: "failed" },
  "count unknown": { kind: "counted", connections: "unknown" },
  "0 exits": exited(0, 0),
  "1 exits": exited(1, 0),
  "0 crashes": exited(0, null, "SIGSEGV"),
  "1 crashes": exited(1, null, "SIGSEGV"),
  fail: { kind: "fail", status: 70, why: "a bug" },
  ...Object.fromEntries(TIMERS.map((name) => [`timer ${name}`, timer(name)])),
};

/** The stage after each event that matters in a shape, and what the event begins. */
type Rows = Readonly<Record<string, readonly [Stage["kind"], ...string[]]>>;

const DRAINS = ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"] as const;
const ENDS_DRAIN = ["stopping", "SIGTERM to 0", "arm kill 4000"] as const;
const ENDS_DRAIN_OF_TWO = ["stopping", "SIGTERM to 1", "arm kill 4000"] as const;
const ABANDONS = ["abandoning", "close", "SIGTERM to 1", "arm abandon 1000"] as const;
const STARTS_AFRESH = ["running", "launch 0 of 0", "await-live 0"] as const;

/** What asks for a stop, in a state without one. */
function asked(stop: Rows[string], quit: Rows[string]): Rows {
  return { terminate: stop, interrupt: stop, "terminal is gone": stop, fail: stop, quit };
}

/** Epoch 0 runs alone. */
const ALONE: Rows = {
  ...asked(DRAINS, ["stopping", "close", "SIGTERM to 0", "arm kill 4000"]),
  "unlaunched 0": ["done"],
  "0 exits": ["done", "forget 0"],
  "0 crashes": ["done", "forget 0"],
};

const DELAYING: Rows = {
  interrupt: ENDS_DRAIN,
  quit: ENDS_DRAIN,
  "unlaunched 0": ["done"],
  "0 exits": ["done", "forget 0"],
  "0 crashes": ["done", "forget 0"],
  "timer delay": ["draining", "drain /drain_listeners?graceful", "arm hold 5000"],
  "timer budget": ENDS_DRAIN,
};

const COUNTS: Rows = {
  "timer count": ["draining", "count"],
  "3 connections": ["draining", "arm count 1000"],
  "count failed": ["draining", "arm count 1000"],
  "count unknown": ["draining", "arm count 1000"],
};

const DRAINING: Rows = {
  ...COUNTS,
  interrupt: ENDS_DRAIN,
  quit: ENDS_DRAIN,
  "unlaunched 0": ["done"],
  "0 exits": ["done", "forget 0"],
  "0 crashes": ["done", "forget 0"],
  "timer hold": ENDS_DRAIN,
  "timer budget": ENDS_DRAIN,
  "no connections": ENDS_DRAIN,
};

const STOPPING: Rows = {
  interrupt: ["stopping", "SIGKILL to 0"],
  "0 exits": ["done", "forget 0"],
  "0 crashes": ["done", "forget 0"],
  "unlaunched 0": ["done"],
  "timer kill": ["stopping", "SIGKILL to 0"],
};

/** The older one is told when the newer one has ended, and no sooner. */
const STOPPING_TWO: Rows = {
  interrupt: ["stopping", "SIGKILL to 0", "SIGKILL to 1"],
  "0 exits": ["stopping", "forget 0"],
  "0 crashes": ["stopping", "forget 0"],
  "1 exits": ["stopping", "forget 1", "SIGTERM to 0"],
  "1 crashes": ["stopping", "forget 1", "SIGTERM to 0"],
  "unlaunched 1": ["stopping", "SIGTERM to 0"],
  "timer kill": ["stopping", "SIGKILL to 0", "SIGKILL to 1"],
};

const ABANDONING: Rows = {
  interrupt: ENDS_DRAIN_OF_TWO,
  quit: ENDS_DRAIN_OF_TWO,
  "timer abandon": ["abandoning", "SIGKILL to 1"],
};

const ABANDONING_LAST: Rows = {
  ...ABANDONING,
  "1 exits": ["done", "forget 1"],
  "1 crashes": ["done", "forget 1"],
  "unlaunched 1": ["done"],
};

const ABANDONING_TWO: Rows = {
  ...ABANDONING,
  "1 exits": ["draining", "forget 1", "repair", "drain /drain_listeners?graceful", "arm hold 5000"],
  "1 crashes": ["draining", "forget 1", "repair", "drain /drain_listeners?graceful", "arm hold 5000"],
  "0 exits": ["abandoning", "forget 0"],
  "0 crashes": ["abandoning", "forget 0"],
  "unlaunched 1": ["draining", "repair", "drain /drain_listeners?graceful", "arm hold 5000"],
};

/** Every other event of a shape changes no stage and begins nothing, but for `everywhere`. */
const TABLE: Readonly<Record<KnownShape, Rows>> = {
  "running -": { ...ALONE, renew: ["running", "await-live 0"], "live 0": ["running", "arm steady 60000"] },
  "running L": { ...ALONE, renew: ["preparing", "prepare 1 by force"] },
  "preparing L": {
    ...ALONE,
    ready: ["starting", "launch 1 of 1", "await-live 1", "arm live 60000"],
    unchanged: ["running"],
    failed: ["running"],
  },
  "retrying L": { ...ALONE, "timer again": ["preparing", "prepare 1 by force"] },
  "starting L-": {
    ...asked(ABANDONS, ABANDONS),
    "unlaunched 0": ["clearing", "SIGKILL to 1"],
    "unlaunched 1": ["retrying", "repair", "arm again 5000"],
    "live 1": ["retiring", "arm steady 60000", "arm retire 75000"],
    "1 exits": ["retrying", "forget 1", "repair", "arm again 5000"],
    "1 crashes": ["retrying", "forget 1", "repair", "arm again 5000"],
    "0 exits": ["clearing", "forget 0", "SIGKILL to 1"],
    "0 crashes": ["clearing", "forget 0", "SIGKILL to 1"],
    "timer live": ["starting", "SIGKILL to 1"],
  },
  "retiring LL": {
    ...asked(DRAINS, ["stopping", "close", "SIGTERM to 1", "arm kill 4000"]),
    "unlaunched 0": ["running"],
    "unlaunched 1": ["clearing", "SIGKILL to 0"],
    "0 exits": ["running", "forget 0"],
    "0 crashes": ["running", "forget 0"],
    "1 exits": ["clearing", "forget 1", "SIGKILL to 0"],
    "1 crashes": ["clearing", "forget 1", "SIGKILL to 0"],
    "timer retire": ["retiring", "SIGKILL to 0"],
  },
  "clearing -": {
    ...asked(DRAINS, ["stopping", "close", "SIGTERM to 1", "arm kill 4000"]),
    "unlaunched 1": STARTS_AFRESH,
    "1 exits": ["running", "forget 1", "launch 0 of 0", "await-live 0"],
    "1 crashes": ["running", "forget 1", "launch 0 of 0", "await-live 0"],
  },
  "clearing L": {
    ...asked(DRAINS, ["stopping", "close", "SIGTERM to 0", "arm kill 4000"]),
    "unlaunched 0": STARTS_AFRESH,
    "0 exits": ["running", "forget 0", "launch 0 of 0", "await-live 0"],
    "0 crashes": ["running", "forget 0", "launch 0 of 0", "await-live 0"],
  },
  "waiting 0": { ...asked(["done", "close"], ["done", "close"]), "timer backoff": STARTS_AFRESH },
  "abandoning L-": ABANDONING_TWO,
  "abandoning LL": ABANDONING_TWO,
  "abandoning -": ABANDONING_LAST,
  "abandoning L": ABANDONING_LAST,
  "delaying -": DELAYING,
  "delaying L": DELAYING,
  "delaying LL": {
    interrupt: ENDS_DRAIN_OF_TWO,
    quit: ENDS_DRAIN_OF_TWO,
    "0 exits": ["delaying", "forget 0"],
    "0 crashes": ["delaying", "forget 0"],
    "1 exits": ["delaying", "forget 1"],
    "1 crashes": ["delaying", "forget 1"],
    "timer delay": ["draining", "drain /drain_listeners?graceful", "arm hold 5000"],
    "timer budget": ENDS_DRAIN_OF_TWO,
  },
  "draining -": DRAINING,
  "draining L": DRAINING,
  "draining LL": {
    ...COUNTS,
    interrupt: ENDS_DRAIN_OF_TWO,
    quit: ENDS_DRAIN_OF_TWO,
    "0 exits": ["draining", "forget 0"],
    "0 crashes": ["draining", "forget 0"],
    "1 exits": ["draining", "forget 1"],
    "1 crashes": ["draining", "forget 1"],
    "timer hold": ENDS_DRAIN_OF_TWO,
    "timer budget": ENDS_DRAIN_OF_TWO,
    "no connections": ENDS_DRAIN_OF_TWO,
  },
  "stopping -": STOPPING,
  "stopping L": STOPPING,
  "stopping L-": STOPPING_TWO,
  "stopping LL": STOPPING_TWO,
  "done 0": {},
};

/** What an event does in every state that has not ended: signals pass through to all epochs, a drain is asked for until a stop begins. */
function everywhere({ stage: { kind }, epochs }: State, name: string): readonly string[] {
  const toAll = (signal: string) => epochs.map(({ number }) => `${signal} to ${number}`);
  const isEnding = ["abandoning", "delaying", "draining", "stopping"].includes(kind);
  if (kind === "done") return [];
  if (name === "reopen") return toAll("SIGUSR1");
  if (name === "suspend") return [...toAll("SIGSTOP"), "suspend"];
  if (name === "resume") return toAll("SIGCONT");
  if (name === "hang-up" && !isEnding) return ["look-for-terminal"];
  if (name === "drain" && !isEnding) return ["drain /drain_listeners?graceful&skip_exit"];
  return [];
}

test("the shapes of this table are those that exist", () => {
  expect([...reachableShapes()].sort()).toEqual([...SHAPES].sort());
});

describe.each([...SHAPES])("%s", (shape) => {
  const { events, rules: change } = { rules: {}, ...WAYS[shape] };
  const rules = { ...RULES, ...change };
  const before = play(rules, events).state;

  test("is reached", () => {
    expect(shapeOf(before)).toBe(shape);
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
    renew: true,
    "hang-up": true,
    reopen: true,
    suspend: true,
    resume: true,
    stray: true,
    untied: true,
    prepared: true,
    unlaunched: true,
    live: true,
    drained: true,
    counted: true,
    timer: true,
    exited: true,
    fail: true,
  };
  expect(Object.keys(kinds).filter((kind) => !Object.values(EVENTS).some((event) => event.kind === kind))).toEqual([]);
});

/** The stages that wait for a timer; `steady` is about an Envoy and no stage. */
const AWAITED: Readonly<Record<Exclude<Timer, "steady">, readonly Stage["kind"][]>> = {
  delay: ["delaying"],
  hold: ["draining"],
  count: ["draining"],
  budget: ["abandoning", "delaying", "draining"],
  kill: ["stopping"],
  live: ["starting"],
  retire: ["retiring"],
  abandon: ["abandoning"],
  backoff: ["waiting"],
  again: ["retrying"],
};

describe("from any sequence of events", () => {
  const anyEvent = fc.constantFrom(...Object.values(EVENTS));
  const anyRules = fc.record({
    restart: fc.constantFrom("never" as const, "on-failure" as const),
    hotRestart: fc.boolean(),
    told: fc.boolean(),
  });

  test("two epochs run only in a hand-over or a stop, and never more", () => {
    check((before, _, after) => {
      expect(after.epochs.length).toBeLessThanOrEqual(2);
      if (after.epochs.length === 2)
        expect(["starting", "retiring", "abandoning", "delaying", "draining", "stopping"]).toContain(after.stage.kind);
      expect(new Set(after.epochs.map(({ number }) => number)).size).toBe(after.epochs.length);
      if (before.stage.kind === "done") expect(after).toBe(before);
    });
  });

  test("a timer runs only in a stage that waits for it", () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 40 }), (change, events) => {
        const rules = { ...RULES, ...change, gracePeriod: { milliseconds: 30_000, told: change.told } };
        const armed = new Set<Timer>();
        let state: State = INITIAL;
        for (const event of events) {
          if (event.kind === "timer" && !armed.delete(event.timer)) continue;
          const [next, commands] = step(rules, state, event);
          for (const command of commands) {
            if (command.kind === "arm") armed.add(command.timer);
            if (command.kind === "disarm") armed.delete(command.timer);
          }
          state = next;
          const { kind } = state.stage;
          if (kind !== "done") expect([...armed].filter((each) => each !== "steady" && !AWAITED[each].includes(kind))).toEqual([]);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("two preparations never run at once, and what had changed when an epoch was lost is not forgotten", () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 40 }), (change, events) => {
        const rules = { ...RULES, ...change };
        let state: State = INITIAL;
        let running = 0;
        for (const event of events) {
          // One that nobody began has no end.
          if (event.kind === "prepared" && running === 0) continue;
          if (event.kind === "prepared") running -= 1;
          const [next, commands] = step(rules, state, event);
          running += commands.filter(({ kind }) => kind === "prepare").length;
          expect(running).toBeLessThanOrEqual(1);
          const { stage } = state;
          const isLost = event.kind === "exited" && (next.stage.kind === "waiting" || next.stage.kind === "clearing");
          if (isLost && (stage.kind === "preparing" || stage.kind === "retrying")) expect(next.wanted?.trigger).toBe(stage.trigger);
          state = next;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("a crash that nobody asked for never ends with 0", () => {
    check((before, event, after) => {
      if (event.kind !== "exited" || after.stage.kind !== "done" || before.stage.kind === "done") return;
      if (after.stage.status !== 0) return;
      expect(event.exit.signal === null && event.exit.code === 0).toBe(true);
    });
  });

  test("after a stop was asked for, the ends of all epochs end the agent", () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 40 }), (change, events) => {
        const rules = { ...RULES, ...change };
        let { state } = play(rules, [...events, TERMINATE]);
        for (let round = 0; round < 5 && state.stage.kind !== "done"; round++)
          for (const { number } of state.epochs.toReversed()) [state] = step(rules, state, exited(number, 0));
        expect(state.stage.kind).toBe("done");
      }),
      { numRuns: 2_000 },
    );
  });

  function check(holds: (before: State, event: Event, after: State) => void): void {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 40 }), (change, events) => {
        const rules = { ...RULES, ...change, gracePeriod: { milliseconds: 30_000, told: change.told } };
        let { state } = play(rules, []);
        for (const event of events) {
          const [next] = step(rules, state, event);
          holds(state, event, next);
          state = next;
        }
      }),
      { numRuns: 2_000 },
    );
  }
});

describe("counting connections (spec 1.30 §9.3)", () => {
  const rules = { ...RULES, drain: { ...RULES.drain, until: "connections" as const } };
  const counted = (connections: number | "failed" | "unknown"): Event => ({ kind: "counted", connections });
  const after = (...counts: readonly (number | "failed" | "unknown")[]) =>
    lastCommands(rules, [live(0), TERMINATE, timer("hold"), ...counts.map(counted)]);
  const failed = (times: number) => Array<"failed">(times).fill("failed");

  test("the fifth failure in a row ends the drain, not the fourth", () => {
    expect(after(...failed(4))).toEqual(["arm count 1000"]);
    expect(after(...failed(5))).toEqual(["SIGTERM to 0", "arm kill 4000"]);
  });
  test("an answer begins anew, no answer in time neither counts nor begins anew", () => {
    expect(after(...failed(4), 2, ...failed(4))).toEqual(["arm count 1000"]);
    expect(after(...failed(4), "unknown", "failed")).toEqual(["SIGTERM to 0", "arm kill 4000"]);
    expect(after(...Array<"unknown">(9).fill("unknown"))).toEqual(["arm count 1000"]);
  });
});

describe("an Envoy that keeps crashing (--restart on-failure)", () => {
  const rules = { ...RULES, restart: "on-failure" as const };
  const crashes = (times: number) => Array.from({ length: times }, () => [exited(0, 1), timer("backoff")]).flat();

  test("is started again ten times, each time later, up to half a minute", () => {
    const waits = play(rules, crashes(10)).commands.flatMap((command) =>
      command.kind === "arm" && command.timer === "backoff" ? [command.milliseconds] : [],
    );
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
    expect(play(rules, crashes(10)).state.stage.kind).toBe("running");
  });
  test("and no eleventh time: the agent ends with its status", () => {
    expect(play(rules, [...crashes(10), exited(0, 7)]).state.stage).toEqual({ kind: "done", status: 7 });
  });
  test("a steady minute is a new beginning", () => {
    expect(play(rules, [...crashes(10), live(0), timer("steady"), exited(0, 1)]).state.stage.kind).toBe("waiting");
  });
});

describe("a drain that fails", () => {
  const problem = "it gives no answer";
  const failed: Event = { kind: "drained", problem };
  const late: Event = { kind: "drained", problem, isLate: true };
  const drainEarly: Event = { kind: "drain" };
  const warnings = (...events: readonly Event[]) =>
    step(RULES, play(RULES, events.slice(0, -1)).state, events.at(-1) ?? failed)[1].flatMap((each) =>
      each.kind === "say" ? [each.text] : [],
    );
  const said = [`Cannot drain Envoy, going on: ${problem}`];
  test.each<[string, readonly Event[]]>([
    ["while it is waited for", [live(0), TERMINATE, failed]],
    ["while the application still runs", [live(0), drainEarly, failed]],
    ["because Envoy took too long, though the stop goes on", [live(0), TERMINATE, timer("hold"), late]],
  ])("%s is a warning", (_, events) => {
    expect(warnings(...events)).toEqual(said);
  });
  test.each<[string, readonly Event[]]>([
    ["when Envoy was told to end", [live(0), TERMINATE, timer("hold"), failed]],
    ["when a stop ends the drain of the application", [live(0), drainEarly, TERMINATE, failed]],
    ["when Envoy has ended", [live(0), TERMINATE, exited(0, 0), failed]],
    ["when it did not fail", [live(0), TERMINATE, { kind: "drained" }]],
  ])("%s is none", (_, events) => {
    expect(warnings(...events)).toEqual([]);
  });
});

test("an Envoy that ends with 0 before it was live is looked at like one that failed", () => {
  const said = (events: readonly Event[]) =>
    play(RULES, events).commands.flatMap((each) => (each.kind === "say" ? [each.text] : each.kind === "explain" ? ["why"] : []));
  expect(said([exited(0, 0)])).toEqual(["Epoch 0 exited early: exit status 0", "why"]);
  expect(said([live(0), exited(0, 0)])).toEqual([
    "Epoch 0 is live",
    "Epoch 0 exited normally",
    expect.stringContaining("not asked to stop it"),
  ]);
  expect(said([TERMINATE, exited(0, 0)]).at(-1)).toBe("Epoch 0 exited normally");
});

describe("what had changed when an epoch is lost", () => {
  const rules = { ...RULES, restart: "on-failure" as const };
  const CRASH = exited(0, null, "SIGSEGV");
  const AGAIN = [timer("backoff"), live(0)];
  const failed: Event = { kind: "prepared", outcome: "failed" };
  const after = (...events: readonly Event[]) => lastCommands(rules, [live(0), ...events]);

  test("while a new epoch is prepared, follows once Envoy is live again and that preparation has ended", () => {
    expect(after(renew("certificates"), CRASH, failed, ...AGAIN)).toEqual(["arm steady 60000", "prepare 1 by force"]);
    expect(after(renew("certificates"), CRASH, ...AGAIN)).toEqual(["arm steady 60000"]);
    expect(after(renew("certificates"), CRASH, ...AGAIN, READY)).toEqual(["prepare 1 by force"]);
  });

  test("while it waits to be tried again, too, and the pause is over then", () => {
    const failing = [renew("configuration"), READY, exited(1, 1)];
    expect(after(...failing, CRASH, ...AGAIN)).toEqual(["arm steady 60000", "prepare 1"]);
    expect(after(...failing, CRASH, ...AGAIN, timer("again"))).toEqual([]);
  });

  test("in a hand-over is tried as often as one that fails, and no more", () => {
    const lost = [READY, exited(0, 1), exited(1, null, "SIGKILL"), live(0)];
    expect(after(renew(), ...lost)).toEqual(["arm steady 60000", "prepare 1 by force"]);
    expect(after(renew(), ...lost, ...lost)).toEqual(["arm steady 60000", "prepare 1 by force"]);
    expect(after(renew(), ...lost, ...lost, ...lost)).toEqual(["arm steady 60000"]);
  });

  test("of two triggers none hides the other: a certificate counts although the settings are the same", () => {
    expect(after(renew(), renew("certificates"), renew("configuration"), failed)).toEqual(["prepare 1 by force"]);
    expect(after(renew("certificates"), renew("configuration"), CRASH, failed, ...AGAIN).at(-1)).toBe("prepare 1 by force");
    expect(after(renew("configuration"), renew("configuration"), failed)).toEqual(["prepare 1"]);
  });
});

describe("/quitquitquit", () => {
  const quit: Event = { kind: "quit" };
  const texts = (rules: typeof RULES, ...events: readonly Event[]) =>
    play(rules, events).commands.flatMap((command) => (command.kind === "say" ? [command.text] : []));

  test("skips the drain, and a second one ends it", () => {
    expect(lastCommands(RULES, [live(0), quit])).toEqual(["close", "SIGTERM to 0", "arm kill 4000"]);
    expect(lastCommands(RULES, [live(0), TERMINATE, quit])).toEqual(["SIGTERM to 0", "arm kill 4000"]);
  });
  test("is a SIGTERM where the release says so", () => {
    const rules = { ...RULES, quitDrains: true };
    expect(lastCommands(rules, [live(0), quit])).toEqual(["close", "drain /drain_listeners?graceful", "arm hold 5000"]);
    expect(lastCommands(rules, [live(0), quit, quit])).toEqual([]);
    expect(texts(rules, live(0), TERMINATE, quit).at(-1)).toBe("Received /quitquitquit, the stop is already under way");
  });
  test("after /drain is immediate in both", () => {
    for (const quitDrains of [true, false])
      expect(lastCommands({ ...RULES, quitDrains }, [live(0), { kind: "drain" }, quit])).toEqual([
        "close",
        "SIGTERM to 0",
        "arm kill 4000",
      ]);
  });
  test("says what Ctrl-C does, where there is a drain to skip", () => {
    const hint = "; press Ctrl-C again (SIGINT) to skip the drain";
    expect(texts(RULES, live(0), INTERRUPT)).toContain(`Received SIGINT, stopping Envoy${hint}`);
    expect(texts(RULES, live(0), { kind: "drain" }, INTERRUPT)).toContain("Received SIGINT, stopping Envoy");
    const atOnce = { ...RULES, drain: { ...RULES.drain, hold: 0 } };
    expect(texts(atOnce, live(0), INTERRUPT)).toContain("Received SIGINT, stopping Envoy");
    expect(texts({ ...atOnce, preDrainDelay: 1 }, live(0), INTERRUPT)).toContain(`Received SIGINT, stopping Envoy${hint}`);
    const untilNone = { ...atOnce, drain: { ...atOnce.drain, until: "connections" as const } };
    expect(texts(untilNone, live(0), INTERRUPT)).toContain(`Received SIGINT, stopping Envoy${hint}`);
    expect(texts(RULES, live(0), TERMINATE, TERMINATE).at(-1)).toBe("Received SIGTERM, the stop is already under way");
  });
});

describe("an Envoy that gets the signal too, as from a service manager that signals the whole control group", () => {
  const after = (asked: Event, signal: string) => play(RULES, [live(0), asked, exited(0, null, signal)]).state.stage;

  test.each(["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const)("ends with 0 by %s", (signal) => {
    expect(after({ kind: "terminate", signal }, signal)).toEqual({ kind: "done", status: 0 });
  });
  test("but not by another one", () => {
    expect(after(TERMINATE, "SIGINT")).toEqual({ kind: "done", status: 130 });
    expect(after(INTERRUPT, "SIGQUIT")).toEqual({ kind: "done", status: 131 });
  });
});

describe("what systemd hears (design §5.7)", () => {
  const heard = (rules: typeof RULES, events: readonly Event[]) =>
    play(rules, events).commands.flatMap((command) => (command.kind === "notify" ? [command.state] : []));
  test.each<[string, readonly Event[], readonly ("READY" | "RELOADING" | "STOPPING")[]]>([
    ["ready when the first epoch is live", [live(0)], ["READY"]],
    ["nothing before", [], []],
    ["a hand-over from its beginning to its end", [...WAYS["retiring LL"].events, exited(0, 0)], ["READY", "RELOADING", "READY", "READY"]],
    ["one that Envoy refuses", [...WAYS["preparing L"].events, { kind: "prepared", outcome: "failed" }], ["READY", "RELOADING", "READY"]],
    ["a stop", [live(0), TERMINATE], ["READY", "STOPPING"]],
    ["a stop that is repeated, once", [live(0), TERMINATE, TERMINATE], ["READY", "STOPPING"]],
  ])("%s", (_, events, states) => {
    expect(heard(RULES, events)).toEqual([...states]);
  });
});

test("an Envoy that would outlive a killed agent is a warning", () => {
  const [state, commands] = step(RULES, INITIAL, { kind: "untied", epoch: 0, problem: "EPERM" });
  const text = "Cannot tie epoch 0 to the agent: EPERM; Envoy goes on when the agent is killed";
  expect([state, commands]).toEqual([INITIAL, [{ kind: "say", level: "warn", text }]]);
});
