import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Event, INITIAL, type Stage, type State, type Timer } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import { supervise } from "../../src/supervisor/supervise.ts";
import { exited, INTERRUPT, lastCommands, live, play, READY, RULES, renew, rulesFor, TERMINATE, timer, WAYS } from "./support.ts";

const KINDS = Object.keys(WAYS) as readonly Stage["kind"][]; // the keys of the record above
const TIMERS: readonly Timer[] = ["delay", "hold", "count", "budget", "kill", "live", "retire", "abandon", "backoff", "steady", "again"];
const EVENTS: Readonly<Record<string, Event>> = {
  terminate: TERMINATE,
  interrupt: INTERRUPT,
  quit: { kind: "quit" },
  drain: { kind: "drain" },
  renew: renew(),
  reopen: { kind: "reopen" },
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

/** Stage after each event that matters in a stage, and what it begins; every other event changes nothing and begins nothing. */
const TABLE: Readonly<Record<Stage["kind"], Readonly<Record<string, readonly [Stage["kind"], ...string[]]>>>> = {
  running: {
    terminate: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    interrupt: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    quit: ["stopping", "close", "SIGTERM to 0", "arm kill 4000"],
    drain: ["running", "drain /drain_listeners?graceful&skip_exit"],
    renew: ["preparing", "prepare 1 by force"],
    reopen: ["running", "SIGUSR1 to 0"],
    "unlaunched 0": ["done"],
    "0 exits": ["done", "forget 0"],
    "0 crashes": ["done", "forget 0"],
    fail: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
  },
  preparing: {
    terminate: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    interrupt: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    quit: ["stopping", "close", "SIGTERM to 0", "arm kill 4000"],
    drain: ["preparing", "drain /drain_listeners?graceful&skip_exit"],
    reopen: ["preparing", "SIGUSR1 to 0"],
    ready: ["starting", "launch 1 of 1", "await-live 1", "arm live 60000"],
    unchanged: ["running"],
    failed: ["running"],
    "unlaunched 0": ["done"],
    "0 exits": ["done", "forget 0"],
    "0 crashes": ["done", "forget 0"],
    "timer again": ["preparing", "prepare 1 by force"],
    fail: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
  },
  starting: {
    terminate: ["abandoning", "close", "SIGTERM to 1", "arm abandon 1000"],
    interrupt: ["abandoning", "close", "SIGTERM to 1", "arm abandon 1000"],
    quit: ["abandoning", "close", "SIGTERM to 1", "arm abandon 1000"],
    fail: ["abandoning", "close", "SIGTERM to 1", "arm abandon 1000"],
    drain: ["starting", "drain /drain_listeners?graceful&skip_exit"],
    reopen: ["starting", "SIGUSR1 to 0", "SIGUSR1 to 1"],
    "unlaunched 0": ["clearing", "disarm live", "disarm retire", "SIGKILL to 1"],
    "unlaunched 1": ["preparing", "disarm live", "repair", "arm again 5000"],
    "live 1": ["retiring", "arm steady 60000", "disarm live", "arm retire 75000"],
    "1 exits": ["preparing", "forget 1", "disarm live", "repair", "arm again 5000"],
    "1 crashes": ["preparing", "forget 1", "disarm live", "repair", "arm again 5000"],
    "0 exits": ["clearing", "forget 0", "disarm live", "disarm retire", "SIGKILL to 1"],
    "0 crashes": ["clearing", "forget 0", "disarm live", "disarm retire", "SIGKILL to 1"],
    "timer live": ["starting", "SIGKILL to 1"],
  },
  retiring: {
    terminate: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    interrupt: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    quit: ["stopping", "close", "SIGTERM to 1", "arm kill 4000"],
    fail: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    drain: ["retiring", "drain /drain_listeners?graceful&skip_exit"],
    reopen: ["retiring", "SIGUSR1 to 0", "SIGUSR1 to 1"],
    "unlaunched 0": ["running", "disarm retire"],
    "unlaunched 1": ["clearing", "disarm live", "disarm retire", "SIGKILL to 0"],
    "0 exits": ["running", "forget 0", "disarm retire"],
    "0 crashes": ["running", "forget 0", "disarm retire"],
    "1 exits": ["clearing", "forget 1", "disarm live", "disarm retire", "SIGKILL to 0"],
    "1 crashes": ["clearing", "forget 1", "disarm live", "disarm retire", "SIGKILL to 0"],
    "timer retire": ["retiring", "SIGKILL to 0"],
  },
  clearing: {
    terminate: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    interrupt: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    quit: ["stopping", "close", "SIGTERM to 0", "arm kill 4000"],
    fail: ["draining", "close", "drain /drain_listeners?graceful", "arm hold 5000"],
    drain: ["clearing", "drain /drain_listeners?graceful&skip_exit"],
    reopen: ["clearing", "SIGUSR1 to 0"],
    "unlaunched 0": ["running", "launch 0 of 0", "await-live 0"],
    "0 exits": ["running", "forget 0", "launch 0 of 0", "await-live 0"],
    "0 crashes": ["running", "forget 0", "launch 0 of 0", "await-live 0"],
  },
  waiting: {
    terminate: ["done", "close"],
    interrupt: ["done", "close"],
    quit: ["done", "close"],
    fail: ["done", "close"],
    drain: ["waiting", "drain /drain_listeners?graceful&skip_exit"],
    "timer backoff": ["running", "launch 0 of 0", "await-live 0"],
  },
  abandoning: {
    interrupt: ["stopping", "SIGTERM to 1", "arm kill 4000"],
    quit: ["stopping", "SIGTERM to 1", "arm kill 4000"],
    "1 exits": ["draining", "forget 1", "repair", "drain /drain_listeners?graceful", "arm hold 5000"],
    "1 crashes": ["draining", "forget 1", "repair", "drain /drain_listeners?graceful", "arm hold 5000"],
    "0 exits": ["abandoning", "forget 0"],
    "0 crashes": ["abandoning", "forget 0"],
    reopen: ["abandoning", "SIGUSR1 to 0", "SIGUSR1 to 1"],
    "timer abandon": ["abandoning", "SIGKILL to 1"],
    "unlaunched 1": ["draining", "repair", "drain /drain_listeners?graceful", "arm hold 5000"],
  },
  delaying: {
    interrupt: ["stopping", "SIGTERM to 0", "arm kill 4000"],
    quit: ["stopping", "SIGTERM to 0", "arm kill 4000"],
    "0 exits": ["done", "forget 0"],
    "0 crashes": ["done", "forget 0"],
    reopen: ["delaying", "SIGUSR1 to 0"],
    "unlaunched 0": ["done"],
    "timer delay": ["draining", "drain /drain_listeners?graceful", "arm hold 5000"],
    "timer budget": ["stopping", "SIGTERM to 0", "arm kill 4000"],
  },
  draining: {
    interrupt: ["stopping", "SIGTERM to 0", "arm kill 4000"],
    quit: ["stopping", "SIGTERM to 0", "arm kill 4000"],
    "0 exits": ["done", "forget 0"],
    "0 crashes": ["done", "forget 0"],
    reopen: ["draining", "SIGUSR1 to 0"],
    "unlaunched 0": ["done"],
    "timer hold": ["stopping", "SIGTERM to 0", "arm kill 4000"],
    "timer count": ["draining", "count"],
    "timer budget": ["stopping", "SIGTERM to 0", "arm kill 4000"],
    "no connections": ["stopping", "SIGTERM to 0", "arm kill 4000"],
    "3 connections": ["draining", "arm count 1000"],
    "count failed": ["draining", "arm count 1000"],
    "count unknown": ["draining", "arm count 1000"],
  },
  stopping: {
    interrupt: ["stopping", "SIGKILL to 0"],
    "0 exits": ["done", "forget 0"],
    "0 crashes": ["done", "forget 0"],
    reopen: ["stopping", "SIGUSR1 to 0"],
    "unlaunched 0": ["done"],
    "timer kill": ["stopping", "SIGKILL to 0"],
  },
  done: {},
};

describe.each(KINDS)("%s", (kind) => {
  const rules = rulesFor(kind);
  const before = play(rules, WAYS[kind]).state;

  test("is reached", () => {
    expect(before.stage.kind).toBe(kind);
  });

  test.each(Object.keys(EVENTS))("%s", (name) => {
    const event = EVENTS[name] ?? TERMINATE;
    const [stage = kind, ...commands] = TABLE[kind][name] ?? [];
    const [after] = step(rules, before, event);
    expect({ stage: after.stage.kind, commands: lastCommands(rules, [...WAYS[kind], event]) }).toEqual({ stage, commands });
  });
});

test("every kind of event has a row", () => {
  // A kind that is new makes this record incomplete, and with it the program.
  const kinds: Readonly<Record<Event["kind"], true>> = {
    terminate: true,
    quit: true,
    drain: true,
    renew: true,
    reopen: true,
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

describe("what systemd hears (design §5.7)", () => {
  const heard = (rules: typeof RULES, events: readonly Event[]) =>
    play(rules, events).commands.flatMap((command) => (command.kind === "notify" ? [command.state] : []));
  test.each<[string, readonly Event[], readonly ("READY" | "RELOADING" | "STOPPING")[]]>([
    ["ready when the first epoch is live", [live(0)], ["READY"]],
    ["nothing before", [], []],
    ["a hand-over from its beginning to its end", [...WAYS.retiring, exited(0, 0)], ["READY", "RELOADING", "READY", "READY"]],
    ["one that Envoy refuses", [...WAYS.preparing, { kind: "prepared", outcome: "failed" }], ["READY", "RELOADING", "READY"]],
    ["a stop", [live(0), TERMINATE], ["READY", "STOPPING"]],
    ["a stop that is repeated, once", [live(0), TERMINATE, TERMINATE], ["READY", "STOPPING"]],
  ])("%s", (_, events, states) => {
    expect(heard(RULES, events)).toEqual([...states]);
  });
});

describe("supervise", () => {
  test("starts what each event commands, in order, and returns the status", async () => {
    const begun: string[] = [];
    async function* events(): AsyncIterable<Event> {
      yield* [TERMINATE, timer("hold"), exited(0, null, "SIGTERM"), TERMINATE];
    }
    expect(await supervise(RULES, events(), ({ kind }) => void (kind !== "say" && kind !== "notify" && begun.push(kind)))).toBe(0);
    expect(begun).toEqual(["close", "drain", "arm", "signal", "arm", "forget"]);
  });

  test("refuses events that end before Envoy does", async () => {
    async function* none(): AsyncIterable<Event> {}
    expect(supervise(RULES, none(), () => {})).rejects.toThrow("The events ended before Envoy did");
  });
});

test("an Envoy that would outlive a killed agent is a warning", () => {
  const [state, commands] = step(RULES, INITIAL, { kind: "untied", epoch: 0, problem: "EPERM" });
  const text = "Cannot tie epoch 0 to the agent: EPERM; Envoy goes on when the agent is killed";
  expect([state, commands]).toEqual([INITIAL, [{ kind: "say", level: "warn", text }]]);
});
