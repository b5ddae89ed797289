import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { exitStatus } from "../../src/envoy/exit-status.ts";
import { type Event, INITIAL, STOP_TIMEOUT, type State, step } from "../../src/supervisor/step.ts";
import { supervise } from "../../src/supervisor/supervise.ts";

const TERMINATE: Event = { kind: "terminate", signal: "SIGTERM" };
const INTERRUPT: Event = { kind: "terminate", signal: "SIGINT" };
const DEADLINE: Event = { kind: "deadline" };
const exited = (code: number | null, signal: string | number | null = null): Event => ({ kind: "exited", exit: { code, signal } });
const STOPPING: State = { phase: "stopping", sent: ["SIGTERM"] };
const DONE: State = { phase: "done", status: 3 };
const STOP = [
  { kind: "signal", signal: "SIGTERM" },
  { kind: "arm", milliseconds: STOP_TIMEOUT },
];

describe("step, every state and event", () => {
  test.each<[string, State, Event, State, unknown[]]>([
    ["running, terminate", INITIAL, TERMINATE, STOPPING, STOP],
    ["running, interrupt", INITIAL, INTERRUPT, { phase: "stopping", sent: ["SIGINT", "SIGTERM"] }, STOP],
    ["running, deadline", INITIAL, DEADLINE, INITIAL, []],
    ["running, exited", INITIAL, exited(7), { phase: "done", status: 7 }, []],
    ["stopping, terminate again", STOPPING, TERMINATE, STOPPING, []],
    ["stopping, interrupt", STOPPING, INTERRUPT, STOPPING, []],
    [
      "stopping, deadline",
      STOPPING,
      DEADLINE,
      { phase: "stopping", sent: ["SIGTERM", "SIGKILL"] },
      [{ kind: "signal", signal: "SIGKILL" }],
    ],
    ["stopping, exited by the signal", STOPPING, exited(null, "SIGTERM"), { phase: "done", status: 0 }, []],
    ["stopping, crashed", STOPPING, exited(null, "SIGSEGV"), { phase: "done", status: 139 }, []],
    ["done, terminate", DONE, TERMINATE, DONE, []],
    ["done, deadline", DONE, DEADLINE, DONE, []],
    ["done, exited", DONE, exited(0), DONE, []],
  ])("%s", (_, state, event, next, commands) => {
    expect(step(state, event)).toEqual([next, commands as never]);
  });

  test("from any events the agent ends with Envoy, and never with 0 for a crash nobody asked for", () => {
    const event = fc.oneof(
      fc.constantFrom(TERMINATE, INTERRUPT, DEADLINE),
      fc.record({ code: fc.integer({ min: 0, max: 255 }) }).map(({ code }) => exited(code)),
      fc.constantFrom("SIGSEGV", "SIGABRT", "SIGBUS", "SIGTERM", "SIGKILL", 34).map((signal) => exited(null, signal)),
    );
    fc.assert(
      fc.property(fc.array(event, { minLength: 1 }), (events) => {
        let last: State = INITIAL;
        for (const each of events) [last] = step(last, each);
        const end = events.findIndex(({ kind }) => kind === "exited");
        expect(last.phase === "done").toBe(end >= 0);
        const ended = events[end];
        if (last.phase !== "done" || ended?.kind !== "exited" || last.status !== 0) return;
        const asked = events.slice(0, end).some(({ kind }) => kind === "terminate");
        expect(ended.exit.code === 0 || (asked && ["SIGTERM", "SIGKILL"].includes(String(ended.exit.signal)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe("exitStatus (design §6)", () => {
  test("every code passes through", () => {
    for (let code = 0; code <= 255; code++) expect(exitStatus({ code, signal: null }, ["SIGTERM"])).toBe(code);
  });
  test.each([
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGQUIT", 131],
    ["SIGABRT", 134],
    ["SIGKILL", 137],
    ["SIGUSR1", 138],
    ["SIGSEGV", 139],
    ["SIGPIPE", 141],
    ["SIGTERM", 143],
    [34, 162],
    [64, 192],
  ])("death by %p that nobody asked for is %p", (signal, status) => {
    expect(exitStatus({ code: null, signal }, [])).toBe(status);
  });
  test("death by a signal the agent sent is a stop, by another it is not", () => {
    expect(exitStatus({ code: null, signal: "SIGTERM" }, ["SIGTERM"])).toBe(0);
    expect(exitStatus({ code: null, signal: "SIGKILL" }, ["SIGTERM"])).toBe(137);
    expect(exitStatus({ code: null, signal: "SIGKILL" }, ["SIGTERM", "SIGKILL"])).toBe(0);
    expect(exitStatus({ code: null, signal: "SIGSEGV" }, ["SIGTERM", "SIGKILL"])).toBe(139);
  });
});

test("supervise starts what the rule commands and returns its status", async () => {
  const started: unknown[] = [];
  async function* events() {
    yield TERMINATE;
    yield TERMINATE;
    yield exited(0);
  }
  expect(await supervise(events(), (command) => started.push(command))).toBe(0);
  expect(started).toEqual(STOP);
});
