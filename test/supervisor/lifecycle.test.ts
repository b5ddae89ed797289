import { describe, expect, test } from "bun:test";
import { type Event, INITIAL } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import { WAYS } from "./shapes.ts";
import { exited, INTERRUPT, lastCommands, live, play, READY, RULES, renew, TERMINATE, timer } from "./support.ts";

// The results of several events in a row.

describe("counting connections (contract 1.30 §9.3)", () => {
  const rules = { ...RULES, drain: { ...RULES.drain, until: "connections" as const } };
  const counted = (connections: number | "failed" | "unknown"): Event => ({ kind: "counted", connections });
  const after = (...counts: readonly (number | "failed" | "unknown")[]) =>
    lastCommands(rules, [live(0), TERMINATE, timer("hold"), ...counts.map(counted)]);
  const failed = (times: number) => Array<"failed">(times).fill("failed");

  test("the fifth failure in a row ends the drain, not the fourth", () => {
    expect(after(...failed(4))).toEqual(["arm count 1000"]);
    expect(after(...failed(5))).toEqual(["SIGTERM to 0", "arm kill 4000"]);
  });
  describe("before the new epoch of a hot restart is live, whose admin interface answers", () => {
    const starting = [live(0), renew(), READY, TERMINATE, timer("hold")];
    const none: Event = { kind: "counted", connections: 0 };
    const said = (events: readonly Event[]) =>
      play(rules, events).commands.flatMap((each) => (each.kind === "log" && /count|admin|left/.test(each.text) ? [each.text] : []));

    test.each([0, 3, "none", "failed", "unknown"] as const)("%p says nothing, and the fifth ends the drain", (connections) => {
      const answers = Array<Event>(5).fill({ kind: "counted", connections });
      expect(lastCommands(rules, [...starting, ...answers.slice(1)])).toEqual(["arm count 1000"]);
      expect(lastCommands(rules, [...starting, ...answers])).toEqual(["SIGTERM to 1", "arm kill 4000"]);
    });
    test("the log has the reason", () => {
      expect(said([...starting, none])).toEqual(["Cannot count connections: the new epoch has the admin interface and is not live"]);
    });
    test("a count is valid once it is live, or once one of the two has ended", () => {
      for (const event of [live(1), exited(0, 0), exited(1, 1)])
        expect(said([...starting, none, event, none]).at(-1)).toBe("No connections are left, stopping Envoy");
    });
  });
  test("a response resets the count, a timeout neither counts nor resets", () => {
    expect(after(...failed(4), 2, ...failed(4))).toEqual(["arm count 1000"]);
    expect(after(...failed(4), "unknown", "failed")).toEqual(["SIGTERM to 0", "arm kill 4000"]);
    expect(after(...Array<"unknown">(9).fill("unknown"))).toEqual(["arm count 1000"]);
  });
});

describe("a drain that fails", () => {
  const problem = "it gives no answer";
  const failed: Event = { kind: "drained", problem };
  const late: Event = { kind: "drained", problem, isLate: true };
  const drainEarly: Event = { kind: "drain" };
  const warnings = (...events: readonly Event[]) =>
    step(RULES, play(RULES, events.slice(0, -1)).state, events.at(-1) ?? failed)[1].flatMap((each) =>
      each.kind === "log" ? [each.text] : [],
    );
  const said = [`Cannot drain Envoy, continuing: ${problem}`];
  test.each<[string, readonly Event[]]>([
    ["while it is waited for", [live(0), TERMINATE, failed]],
    ["while the application still runs", [live(0), drainEarly, failed]],
    ["because Envoy took too long, though the stop goes on", [live(0), TERMINATE, timer("hold"), late]],
  ])("%s is a warning", (_, events) => {
    expect(warnings(...events)).toEqual(said);
  });
  test.each<[string, readonly Event[]]>([
    ["after a stop was requested", [live(0), TERMINATE, timer("hold"), failed]],
    ["when a stop ends the drain of the application", [live(0), drainEarly, TERMINATE, failed]],
    ["when Envoy has ended", [live(0), TERMINATE, exited(0, 0), failed]],
    ["when Envoy does not listen yet", [TERMINATE, failed]],
    ["when it did not fail", [live(0), TERMINATE, { kind: "drained" }]],
  ])("%s is not a warning", (_, events) => {
    expect(warnings(...events)).toEqual([]);
  });
});

test("the exit of an Envoy with 0 before it was live is explained like a failure", () => {
  const said = (events: readonly Event[]) =>
    play(RULES, events).commands.flatMap((each) => (each.kind === "log" ? [each.text] : each.kind === "explain" ? ["why"] : []));
  expect(said([exited(0, 0)])).toEqual(["Epoch 0 exited: exit status 0", "why"]);
  expect(said([live(0), exited(0, 0)])).toEqual([
    "Epoch 0 is live",
    "Epoch 0 exited normally",
    expect.stringContaining("not asked to stop it"),
  ]);
  expect(said([TERMINATE, exited(0, 0)]).at(-1)).toBe("Epoch 0 exited normally");
  expect(said([live(0), exited(0, 3)])).toEqual(["Epoch 0 is live", "Epoch 0 exited with error: exit status 3", "why"]);
});

test.each<[string, number | null, string | null]>([
  ["fails", 1, null],
  ["ends by the signal", null, "SIGTERM"],
  ["is killed", null, "SIGKILL"],
])("a new epoch that is not live and %s during a stop does not decide the exit status", (_, code, signal) => {
  const starting = [live(0), renew(), READY, TERMINATE];
  for (const events of [starting, [...starting, timer("hold")]])
    for (const status of [0, 3])
      expect(play(RULES, [...events, exited(1, code, signal), exited(0, status)]).state.stage).toEqual({ kind: "done", status });
});

test.each([
  ["during the drain", []],
  ["after SIGTERM", [timer("hold")]],
] as const)("a stop of two epochs ends with the older one if the newer exits first, %s", (_, more) => {
  const events = [live(0), renew(), READY, live(1), TERMINATE, ...more, exited(1, 3)];
  expect(play(RULES, events).state.stage).toMatchObject({ stop: { older: undefined, newest: { number: 0 } } });
  expect(play(RULES, [...events, exited(0, 0)]).state.stage).toEqual({ kind: "done", status: 3 });
});

describe("/quitquitquit", () => {
  const quit: Event = { kind: "quit" };
  const texts = (rules: typeof RULES, ...events: readonly Event[]) =>
    play(rules, events).commands.flatMap((command) => (command.kind === "log" ? [command.text] : []));

  test("skips the drain, and a second one ends it", () => {
    expect(lastCommands(RULES, [live(0), quit])).toEqual(["close", "SIGTERM to 0", "arm kill 4000"]);
    expect(lastCommands(RULES, [live(0), TERMINATE, quit])).toEqual(["SIGTERM to 0", "arm kill 4000"]);
  });
  test("is like SIGTERM if the release says so", () => {
    const rules = { ...RULES, quitDrains: true };
    expect(lastCommands(rules, [live(0), quit])).toEqual(["close", "drain /drain_listeners?graceful", "arm hold 5000"]);
    expect(lastCommands(rules, [live(0), quit, quit])).toEqual([]);
    expect(texts(rules, live(0), TERMINATE, quit).at(-1)).toBe("Received /quitquitquit, already stopping");
  });
  test("after /drain is immediate in both", () => {
    for (const quitDrains of [true, false])
      expect(lastCommands({ ...RULES, quitDrains }, [live(0), { kind: "drain" }, quit])).toEqual([
        "close",
        "SIGTERM to 0",
        "arm kill 4000",
      ]);
  });
  test("mentions Ctrl-C if there is a drain to skip", () => {
    const hint = "; press Ctrl-C again (SIGINT) to skip the drain";
    expect(texts(RULES, live(0), INTERRUPT)).toContain(`Received SIGINT, stopping Envoy${hint}`);
    expect(texts(RULES, live(0), { kind: "drain" }, INTERRUPT)).toContain("Received SIGINT, stopping Envoy");
    const atOnce = { ...RULES, drain: { ...RULES.drain, hold: 0 } };
    expect(texts(atOnce, live(0), INTERRUPT)).toContain("Received SIGINT, stopping Envoy");
    expect(texts({ ...atOnce, preDrainDelay: 1 }, live(0), INTERRUPT)).toContain(`Received SIGINT, stopping Envoy${hint}`);
    const untilNone = { ...atOnce, drain: { ...atOnce.drain, until: "connections" as const } };
    expect(texts(untilNone, live(0), INTERRUPT)).toContain(`Received SIGINT, stopping Envoy${hint}`);
    expect(texts(RULES, live(0), TERMINATE, TERMINATE).at(-1)).toBe("Received SIGTERM, already stopping");
  });
});

describe("an Envoy that gets the signal too, as when a service manager signals the whole control group", () => {
  const after = (asked: Event, signal: string) => play(RULES, [live(0), asked, exited(0, null, signal)]).state.stage;

  test.each(["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const)("ends with 0 by %s", (signal) => {
    expect(after({ kind: "terminate", signal }, signal)).toEqual({ kind: "done", status: 0 });
  });
  test("but not by another signal", () => {
    expect(after(TERMINATE, "SIGINT")).toEqual({ kind: "done", status: 130 });
    expect(after(INTERRUPT, "SIGQUIT")).toEqual({ kind: "done", status: 131 });
  });
});

describe("notifications to systemd", () => {
  const heard = (rules: typeof RULES, events: readonly Event[]) =>
    play(rules, events).commands.flatMap((command) => (command.kind === "notify" ? [command.state] : []));
  test.each<[string, readonly Event[], readonly ("READY" | "RELOADING" | "STOPPING")[]]>([
    ["ready when the first epoch is live", [live(0)], ["READY"]],
    ["nothing before", [], []],
    [
      "a hot restart from its beginning to its end",
      [...WAYS["retiring LL"].events, exited(0, 0)],
      ["READY", "RELOADING", "READY", "READY"],
    ],
    ["one that Envoy refuses", [...WAYS["preparing L"].events, { kind: "prepared", outcome: "failed" }], ["READY", "RELOADING", "READY"]],
    ["a stop", [live(0), TERMINATE], ["READY", "STOPPING"]],
    ["a stop that is repeated, once", [live(0), TERMINATE, TERMINATE], ["READY", "STOPPING"]],
  ])("%s", (_, events, states) => {
    expect(heard(RULES, events)).toEqual([...states]);
  });
});

test("if Envoy would outlive a killed agent there is a warning", () => {
  const [state, commands] = step(RULES, INITIAL, { kind: "parent-death-unset", epoch: 0, problem: "EPERM" });
  const text = "Cannot set the parent-death signal of epoch 0: EPERM; Envoy keeps running if the agent is killed";
  expect([state, commands]).toEqual([INITIAL, [{ kind: "log", level: "warn", text }]]);
});

test("the end of an Envoy is explained before the files that explain it are removed", () => {
  const kinds = (events: readonly Event[]) =>
    play(RULES, events).commands.flatMap(({ kind }) => (kind === "explain" || kind === "clean-up" ? [kind] : []));
  expect(kinds([exited(0, 1)])).toEqual(["explain", "clean-up"]);
  expect(kinds([exited(0, 0)])).toEqual(["explain", "clean-up"]);
});
