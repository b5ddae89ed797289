import { afterEach, describe, expect, jest, test } from "bun:test";
import type { AdminAnswer, AdminClient } from "../../../src/host/envoy/admin-client.ts";
import { openLiveness } from "../../../src/host/envoy/liveness.ts";
import { pollInterval } from "../../../src/host/envoy/poll-interval.ts";
import { awaitReady } from "../../../src/host/supervisor/await-ready.ts";
import type { Event } from "../../../src/supervisor/state.ts";
import { eventually } from "../../support/eventually.ts";

/** An admin whose every question waits for its answer, and the Envoys it is asked about. */
function asked() {
  const open: ((answer: AdminAnswer) => void)[] = [];
  let questions = 0;
  const admin: AdminClient = () => {
    questions += 1;
    return new Promise((resolve) => open.push(resolve));
  };
  const pids = new Map([[0, 100]]);
  const serving = new Map<number, boolean>();
  const events: Event[] = [];
  const { awaitLive, wasNotLive } = openLiveness(
    admin,
    { pid: (epoch) => pids.get(epoch), push: (event) => events.push(event) },
    (pid) => serving.get(pid) ?? true,
  );
  const answer = (state: string) => {
    const text = JSON.stringify({ state, command_line_options: { restart_epoch: 0 } });
    for (const resolve of open.splice(0)) resolve({ kind: "answer", status: 200, text });
  };
  return { awaitLive, wasNotLive, serving, answer, pids, events, questions: () => questions };
}

const untilAsked = (questions: () => number, times: number) => eventually(() => (questions() >= times ? true : undefined));

test("an Envoy is asked by one, however often that is begun, and is live once", async () => {
  const { awaitLive, answer, events, questions } = asked();
  const waits = Array.from({ length: 20 }, () => awaitLive(0, () => false));
  expect(questions()).toBe(1);
  answer("PRE_INITIALIZING");
  await untilAsked(questions, 2);
  waits.push(awaitLive(0, () => false));
  expect(questions()).toBe(2);
  answer("LIVE");
  await Promise.all(waits);
  expect(events).toEqual([{ kind: "live", epoch: 0 }]);
  // Whoever asks later gets an answer too.
  const later = awaitLive(0, () => false);
  expect(questions()).toBe(3);
  answer("LIVE");
  await later;
  expect(events).toHaveLength(2);
});

test("another Envoy of the same number is asked by itself, and the old question ends", async () => {
  const { awaitLive, answer, pids, events, questions } = asked();
  const first = awaitLive(0, () => false);
  pids.set(0, 200);
  const second = awaitLive(0, () => false);
  expect(questions()).toBe(2);
  answer("LIVE");
  await Promise.all([first, second]);
  expect(events).toEqual([{ kind: "live", epoch: 0 }]);
});

test("nobody asks an Envoy that has ended, or when all is over", async () => {
  const { awaitLive, answer, pids, events, questions } = asked();
  let isOver = false;
  const waiting = awaitLive(0, () => isOver);
  isOver = true;
  answer("INITIALIZING");
  await waiting;
  pids.clear();
  await awaitLive(0, () => false);
  expect([questions(), events]).toEqual([1, []]);
});

test.each([
  [0, 100, 100],
  [4_999, 100, 100],
  [5_000, 100, 1_000],
  [19_999, 100, 1_000],
  [20_000, 2_000, 60_000],
  [86_400_000, 2_000, 60_000],
])("after %d ms the next question comes in %d ms where something waits for it, else in %d ms", (age, urgent, patient) => {
  expect([pollInterval(age, true), pollInterval(age, false)]).toEqual([urgent, patient]);
});

describe("on a clock of the test's own", () => {
  afterEach(() => void jest.useRealTimers());

  /** Lets what is waiting go on. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  async function pass(milliseconds: number, answer: (state: string) => void): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      answer("INITIALIZING");
      await settle();
      jest.advanceTimersByTime(100);
      await settle();
    }
  }

  test("an Envoy that nobody waits for is asked seldom in the end, and at once when somebody does", async () => {
    jest.useFakeTimers();
    const { awaitLive, answer, events, questions } = asked();
    const waiting = awaitLive(0, () => false, false);
    await pass(21_000, answer);
    const before = questions();
    await pass(30_000, answer);
    expect(questions() - before).toBeLessThanOrEqual(1);
    const resting = questions();
    await awaitLive(0, () => false, false);
    expect(questions()).toBe(resting);
    await awaitLive(0, () => false);
    await settle();
    expect(questions()).toBe(resting + 1);
    answer("LIVE");
    expect([await waiting, events]).toEqual([true, [{ kind: "live", epoch: 0 }]]);
  });

  test("nothing else that listens in its place is asked, unless somebody waits", async () => {
    jest.useFakeTimers();
    const { awaitLive, wasNotLive, serving, answer, questions } = asked();
    serving.set(100, false);
    const waiting = awaitLive(0, () => false, false);
    await pass(3_000, answer);
    expect([questions(), wasNotLive(0)]).toEqual([0, true]);
    serving.set(100, true);
    await pass(200, answer);
    expect(questions()).toBeGreaterThan(0);
    answer("LIVE");
    await settle();
    jest.advanceTimersByTime(100);
    await settle();
    answer("LIVE");
    expect(await waiting).toBe(true);
  });

  test("it was not live just now only for as long as that was seen", async () => {
    jest.useFakeTimers();
    const { awaitLive, wasNotLive, answer } = asked();
    expect(wasNotLive(0)).toBe(false);
    void awaitLive(0, () => false, false);
    expect(wasNotLive(0)).toBe(true);
    await pass(19_000, answer);
    expect(wasNotLive(0)).toBe(true);
    await pass(4_000, answer);
    expect(wasNotLive(0)).toBe(false);
  });

  test("readiness is asked for until it is there, or nothing runs", async () => {
    jest.useFakeTimers();
    let asked = 0;
    const ready = awaitReady(
      async () => ++asked === 3,
      () => true,
    );
    for (let turn = 0; turn < 10; turn += 1) {
      await settle();
      jest.advanceTimersByTime(100);
    }
    await ready;
    expect(asked).toBe(3);
    await awaitReady(
      async () => false,
      () => false,
    );
  });
});
