import { afterEach, describe, expect, jest, test } from "bun:test";
import type { AdminAnswer, AdminClient } from "../../../src/host/envoy/admin-client.ts";
import { awaitReady, openLiveness, pollInterval } from "../../../src/host/envoy/liveness.ts";
import type { WhenRoom } from "../../../src/linux/cgroup.ts";
import type { Event } from "../../../src/supervisor/state.ts";
import { eventually } from "../../support/eventually.ts";

const HAS_ROOM: WhenRoom = (act) => act();

/** An admin interface whose requests wait for a response of the test, and the Envoys they are about. */
function asked(whenRoom = HAS_ROOM) {
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
    whenRoom,
  );
  const answer = (state: string) => {
    const text = JSON.stringify({ state, command_line_options: { restart_epoch: 0 } });
    for (const resolve of open.splice(0)) resolve({ kind: "answer", status: 200, text });
  };
  return { awaitLive, wasNotLive, serving, answer, pids, events, questions: () => questions };
}

const untilAsked = (questions: () => number, times: number) => eventually(() => (questions() >= times ? true : undefined));

test("an Envoy is polled once at a time, however often polling is started, and becomes live once", async () => {
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
  // A later caller gets a result too.
  const later = awaitLive(0, () => false);
  expect(questions()).toBe(3);
  answer("LIVE");
  await later;
  expect(events).toHaveLength(2);
});

test("another Envoy with the same epoch is polled separately, and the old polling ends", async () => {
  const { awaitLive, answer, pids, events, questions } = asked();
  const first = awaitLive(0, () => false);
  pids.set(0, 200);
  const second = awaitLive(0, () => false);
  expect(questions()).toBe(2);
  answer("LIVE");
  await Promise.all([first, second]);
  expect(events).toEqual([{ kind: "live", epoch: 0 }]);
});

test("an Envoy that has exited is not polled, nor is any after the end", async () => {
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
  [0, 100, 250],
  [4_999, 100, 250],
  [5_000, 100, 1_000],
  [19_999, 100, 1_000],
  [20_000, 2_000, 60_000],
  [86_400_000, 2_000, 60_000],
])("after %d ms the next request follows in %d ms if something waits for it, else in %d ms", (age, urgent, patient) => {
  expect([pollInterval(age, true), pollInterval(age, false)]).toEqual([urgent, patient]);
});

describe("with a fake clock", () => {
  afterEach(() => void jest.useRealTimers());

  /** Lets pending work continue. */
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

  test("an Envoy that nothing waits for is polled rarely, and at once when something waits", async () => {
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

  test("an Envoy that something else has found to be live is not polled any more", async () => {
    jest.useFakeTimers();
    const { awaitLive, events, questions } = asked();
    let isOver = false;
    const waiting = awaitLive(0, () => isOver, false);
    await settle();
    isOver = true;
    jest.advanceTimersByTime(250);
    expect([await waiting, questions(), events]).toEqual([false, 0, []]);
  });

  test("another program that listens instead is not polled, unless something waits", async () => {
    jest.useFakeTimers();
    const { awaitLive, wasNotLive, serving, answer, questions } = asked();
    serving.set(100, false);
    const waiting = awaitLive(0, () => false, false);
    await pass(3_000, answer);
    expect([questions(), wasNotLive(0)]).toEqual([0, true]);
    serving.set(100, true);
    await pass(300, answer);
    expect(questions()).toBeGreaterThan(0);
    answer("LIVE");
    await settle();
    jest.advanceTimersByTime(250);
    await settle();
    answer("LIVE");
    expect(await waiting).toBe(true);
  });

  test("it counts as recently not live only while that was observed", async () => {
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

  test("readiness is polled until it is reached or nothing runs", async () => {
    jest.useFakeTimers();
    let asked = 0;
    const ready = awaitReady(
      async () => ++asked === 3,
      () => true,
      HAS_ROOM,
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
      HAS_ROOM,
    );
  });

  test("neither is polled while the memory of the container is full, nor afterwards if Envoy has exited", async () => {
    jest.useFakeTimers();
    const waiting: (() => void)[] = [];
    const whenFull: WhenRoom = (act) => void waiting.push(act);
    const { awaitLive, pids, questions } = asked(whenFull);
    const live = awaitLive(0, () => false, false);
    let checks = 0;
    const ready = awaitReady(
      async () => ++checks > 0,
      () => pids.has(0),
      whenFull,
    );
    jest.advanceTimersByTime(250);
    await settle();
    expect([waiting.length, questions(), checks]).toEqual([2, 0, 0]);
    pids.clear();
    for (const act of waiting) act();
    expect([await live, await ready, questions(), checks]).toEqual([false, undefined, 0, 0]);
  });
});
