import { describe, expect, test } from "bun:test";
import type { Command, Event, State } from "../../src/supervisor/state.ts";
import { supervise } from "../../src/supervisor/supervise.ts";
import { exited, live, READY, RULES, renew, TERMINATE, timer } from "./support.ts";

/** Events in their order, and what the effects did and reported; a kind of command or a state can be made to throw. */
async function supervised(
  events: readonly Event[],
  { breaks, seen, rules = RULES }: { breaks?: (command: Command) => boolean; seen?: (state: State) => void; rules?: typeof RULES } = {},
) {
  const performed: string[] = [];
  const bugs: unknown[] = [];
  async function* all(): AsyncIterable<Event> {
    yield* events;
  }
  const ended = supervise(rules, all(), {
    start(command) {
      if (breaks?.(command)) throw new Error(`${command.kind} is broken`);
      if (command.kind !== "log" && command.kind !== "notify") performed.push(command.kind);
    },
    seen: seen ?? (() => {}),
    bug: (error) => bugs.push(error),
  });
  return { status: await ended, performed, bugs: bugs.map(String) };
}

const STOP = [TERMINATE, timer("hold"), exited(0, null, "SIGTERM")];

test("executes the commands of each event in order, and returns the status", async () => {
  const { status, performed } = await supervised([...STOP, TERMINATE]);
  expect(status).toBe(0);
  expect(performed.filter((kind) => kind !== "disarm")).toEqual(["close", "drain", "arm", "signal", "arm", "clean-up"]);
});

test("throws if the events end before Envoy does", () => {
  expect(supervised([])).rejects.toThrow("The events ended before Envoy did");
});

/** An event that the step function cannot take, as of another version of the program. */
const IMPOSSIBLE = { kind: "exited", epoch: 0 } as unknown as Event; // not an event at all
/** A state nobody made, so that even the stop throws. */
const BROKEN_RULES = { ...RULES, gracePeriod: undefined } as unknown as typeof RULES; // rules that are not whole

describe("a bug drains Envoy and ends with 70", () => {
  const STOPPED = [timer("hold"), exited(0, 0)];

  test("in the step function", async () => {
    const { status, performed, bugs } = await supervised([live(0), IMPOSSIBLE, ...STOPPED]);
    expect([status, bugs.length]).toEqual([70, 1]);
    expect(performed).toContain("drain");
    expect(performed).toContain("signal");
  });

  test.each(["await-live", "prepare", "drain", "close", "arm", "repair"] as const)("in the performer of %s", async (kind) => {
    const events: readonly Event[] = [renew(), live(0), READY, exited(1, 1), TERMINATE, ...STOPPED];
    const { status, bugs } = await supervised(events, { breaks: (command) => command.kind === kind });
    expect(status).toBe(70);
    expect(new Set(bugs)).toEqual(new Set([`Error: ${kind} is broken`]));
  });

  test("does not keep the rest of the step from being executed", async () => {
    const { status, performed } = await supervised([TERMINATE, ...STOPPED], { breaks: ({ kind }) => kind === "close" });
    expect(status).toBe(70);
    expect(performed.slice(0, 2)).toEqual(["drain", "arm"]);
  });

  test("in the observer of states", async () => {
    let count = 0;
    const seen = () => {
      count += 1;
      if (count === 1) throw new Error("cannot look");
    };
    const { status, bugs } = await supervised([live(0), ...STOPPED], { seen });
    expect([status, bugs]).toEqual([70, ["Error: cannot look"]]);
  });

  test("in the observer of states, every time, without repeating forever", async () => {
    const seen = () => {
      throw new Error("cannot look");
    };
    const { status, bugs } = await supervised([live(0), ...STOPPED], { seen });
    expect([status, bugs.length]).toEqual([70, 5]);
  });

  test("in the start of an epoch, which is not awaited", async () => {
    const events: readonly Event[] = [live(0), renew(), READY, ...STOPPED];
    const { status, bugs, performed } = await supervised(events, { breaks: ({ kind }) => kind === "start" });
    expect([status, bugs]).toEqual([70, ["Error: start is broken"]]);
    // It has ended before the stop begins.
    expect(performed.filter((kind) => ["repair", "close", "drain"].includes(kind))).toEqual(["repair", "close", "drain"]);
  });

  test("even if every command fails, without repeating forever", async () => {
    const { status, bugs } = await supervised([live(0), ...STOPPED], { breaks: () => true });
    expect(status).toBe(70);
    expect(bugs.length).toBeLessThan(20);
  });
});

test("a failure of that stop ends the agent", () => {
  expect(supervised([TERMINATE, ...STOP], { rules: BROKEN_RULES })).rejects.toThrow(TypeError);
});
