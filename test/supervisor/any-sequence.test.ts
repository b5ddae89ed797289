import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { epochsOf, type Stage } from "../../src/supervisor/stage.ts";
import { type Event, INITIAL, type State, type Timer } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import { EVENTS } from "./events.ts";
import { exited, play, RULES, TERMINATE } from "./support.ts";

/** The stages that use each timer; `steady` belongs to an Envoy, not to a stage. */
const AWAITED: Readonly<Record<Exclude<Timer, "steady">, readonly Stage["kind"][]>> = {
  delay: ["delaying"],
  hold: ["draining"],
  count: ["draining"],
  budget: ["delaying", "draining"],
  kill: ["stopping"],
  live: ["starting"],
  retire: ["retiring"],
  backoff: ["waiting"],
  retry: ["retrying"],
};

describe("from any sequence of events", () => {
  const anyEvent = fc.constantFrom(...Object.values(EVENTS));
  const anyRules = fc.record({
    restart: fc.constantFrom("never" as const, "on-failure" as const),
    hotRestart: fc.boolean(),
    isKnown: fc.boolean(),
    preDrainDelay: fc.constantFrom(0, 2_000),
    quitDrains: fc.boolean(),
  });

  test("two epochs run only in a hot restart or a stop, and never more", () => {
    check((before, _, after) => {
      expect(epochsOf(after.stage).length).toBeLessThanOrEqual(2);
      if (epochsOf(after.stage).length === 2)
        expect(["starting", "retiring", "delaying", "draining", "stopping"]).toContain(after.stage.kind);
      expect(new Set(epochsOf(after.stage).map(({ number }) => number)).size).toBe(epochsOf(after.stage).length);
      if (before.stage.kind === "done") expect(after).toBe(before);
    });
  });

  test("a timer runs only in a stage that waits for it", () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 40 }), (change, events) => {
        const rules = { ...RULES, ...change, gracePeriod: { milliseconds: 30_000, isKnown: change.isKnown } };
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

  test("two preparations never run at once, and a change is not lost with an epoch", () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 40 }), (change, events) => {
        const rules = { ...RULES, ...change };
        let state: State = INITIAL;
        let running = 0;
        for (const event of events) {
          // A preparation that was not started cannot end.
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

  test("an unrequested crash never ends with 0", () => {
    check((before, event, after) => {
      if (event.kind !== "exited" || after.stage.kind !== "done" || before.stage.kind === "done") return;
      if (after.stage.status !== 0) return;
      expect(event.exit.signal === null && event.exit.code === 0).toBe(true);
    });
  });

  test("after a stop request, the agent ends with its last epoch", () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 40 }), (change, events) => {
        const rules = { ...RULES, ...change };
        let { state } = play(rules, [...events, TERMINATE]);
        for (let round = 0; round < 5 && state.stage.kind !== "done"; round++)
          for (const { number } of epochsOf(state.stage).toReversed()) [state] = step(rules, state, exited(number, 0));
        expect(state.stage.kind).toBe("done");
      }),
      { numRuns: 2_000 },
    );
  });

  function check(holds: (before: State, event: Event, after: State) => void): void {
    fc.assert(
      fc.property(anyRules, fc.array(anyEvent, { maxLength: 40 }), (change, events) => {
        const rules = { ...RULES, ...change, gracePeriod: { milliseconds: 30_000, isKnown: change.isKnown } };
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
