import { expect, test } from "bun:test";
import type { Admin, AdminAnswer } from "../../src/host/care/admin-client.ts";
import { openLiveness } from "../../src/host/care/await-live.ts";
import type { Event } from "../../src/supervisor/state.ts";
import { eventually } from "../support/eventually.ts";

/** An admin whose every question waits for its answer, and the Envoys it is asked about. */
function asked() {
  const open: ((answer: AdminAnswer) => void)[] = [];
  let questions = 0;
  const admin: Admin = () => {
    questions += 1;
    return new Promise((resolve) => open.push(resolve));
  };
  const pids = new Map([[0, 100]]);
  const events: Event[] = [];
  const awaitLive = openLiveness(admin, { pid: (epoch) => pids.get(epoch), push: (event) => events.push(event) });
  const answer = (state: string) => {
    const text = JSON.stringify({ state, command_line_options: { restart_epoch: 0 } });
    for (const resolve of open.splice(0)) resolve({ kind: "answer", status: 200, text });
  };
  return { awaitLive, answer, pids, events, questions: () => questions };
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
