import { describe, expect, test } from "bun:test";
import { startFresh } from "../../src/supervisor/exited.ts";
import { type Event, INITIAL } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import { exited, lastCommands, live, play, READY, RULES, renew, timer } from "./support.ts";

// What follows when an epoch ends that should have served.

describe("an Envoy that keeps crashing (--restart on-failure)", () => {
  const rules = { ...RULES, restart: "on-failure" as const };
  const crashes = (times: number) => Array.from({ length: times }, () => [exited(0, 1), timer("backoff")]).flat();

  test("is restarted ten times, with delays up to half a minute", () => {
    const waits = play(rules, crashes(10)).commands.flatMap((command) =>
      command.kind === "arm" && command.timer === "backoff" ? [command.milliseconds] : [],
    );
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
    expect(play(rules, crashes(10)).state.stage.kind).toBe("running");
  });
  test("is not restarted an eleventh time: the agent exits with its status", () => {
    expect(play(rules, [...crashes(10), exited(0, 7)]).state.stage).toEqual({ kind: "done", status: 7 });
  });
  test("a stable minute resets the count", () => {
    expect(play(rules, [...crashes(10), live(0), timer("steady"), exited(0, 1)]).state.stage.kind).toBe("waiting");
  });
});

describe("a new epoch that keeps failing", () => {
  const once: readonly Event[] = [READY, exited(1, 1), timer("retry")];
  test("is tried three times, then the old one continues, and a later request starts over", () => {
    const failed = play(RULES, [live(0), renew(), ...once, ...once, READY, exited(1, 1)]);
    expect(failed.state).toMatchObject({ stage: { kind: "running", newest: { number: 0 } } });
    expect(play(RULES, [live(0), renew(), ...once, ...once, READY, exited(1, 1), renew()]).state.stage.kind).toBe("preparing");
  });
  test("is logged before systemd is notified that the agent is ready", () => {
    const failed = play(RULES, [live(0), renew(), ...once, ...once, READY]);
    expect(
      step(RULES, failed.state, exited(1, 1))[1]
        .slice(-3)
        .map(({ kind }) => kind),
    ).toEqual(["log", "repair", "notify"]);
  });
  test("gives way to a newer request", () => {
    const { state } = play(RULES, [live(0), renew(), ...once, ...once, READY, renew("certificates"), exited(1, 1)]);
    expect(state.stage).toMatchObject({ kind: "preparing", trigger: "certificates", attempt: 1 });
  });
});

describe("a change when an epoch is lost", () => {
  const rules = { ...RULES, restart: "on-failure" as const };
  const CRASH = exited(0, null, "SIGSEGV");
  const AGAIN = [timer("backoff"), live(0)];
  const failed: Event = { kind: "prepared", outcome: "failed" };
  const after = (...events: readonly Event[]) => lastCommands(rules, [live(0), ...events]);

  test("while a new epoch is prepared, is applied once Envoy is live again and the preparation has ended", () => {
    expect(after(renew("certificates"), CRASH, failed, ...AGAIN)).toEqual(["arm steady 60000", "prepare 1 by force"]);
    expect(after(renew("certificates"), CRASH, ...AGAIN)).toEqual(["arm steady 60000"]);
    expect(after(renew("certificates"), CRASH, ...AGAIN, READY)).toEqual(["prepare 1 by force"]);
  });

  test("while a retry is pending, is applied too, without the pause", () => {
    const failing = [renew("configuration"), READY, exited(1, 1)];
    expect(after(...failing, CRASH, ...AGAIN)).toEqual(["arm steady 60000", "prepare 1"]);
    expect(after(...failing, CRASH, ...AGAIN, timer("retry"))).toEqual([]);
  });

  test("in a hot restart has the same number of attempts as a failed one", () => {
    const lost = [READY, exited(0, 1), exited(1, null, "SIGKILL"), live(0)];
    expect(after(renew(), ...lost)).toEqual(["arm steady 60000", "prepare 1 by force"]);
    expect(after(renew(), ...lost, ...lost)).toEqual(["arm steady 60000", "prepare 1 by force"]);
    expect(after(renew(), ...lost, ...lost, ...lost)).toEqual(["arm steady 60000"]);
  });

  test("neither of two triggers hides the other: a certificate counts although the settings are equal", () => {
    expect(after(renew(), renew("certificates"), renew("configuration"), failed)).toEqual(["prepare 1 by force"]);
    expect(after(renew("certificates"), renew("configuration"), CRASH, failed, ...AGAIN).at(-1)).toBe("prepare 1 by force");
    expect(after(renew("configuration"), renew("configuration"), failed)).toEqual(["prepare 1"]);
  });
});

describe("the plan to fall back to when a hot restart is lost", () => {
  const SECOND = [live(0), renew(), READY, live(1), exited(0, 0)];
  const LOST = [renew(), READY, live(2), exited(2, null, "SIGSEGV"), exited(1, null, "SIGKILL")];
  const launched = (...events: readonly Event[]) => lastCommands(RULES, events)[1];

  test("is the newest that was stable", () => {
    expect(launched(...SECOND, timer("steady"), ...LOST)).toBe("start 0 of 1");
    expect(launched(...SECOND, ...LOST)).toBe("start 0 of 0");
  });
  test("is the newest if none was live", () => {
    expect(lastCommands({ ...RULES, restart: "always" }, [exited(0, 0), timer("backoff")])[0]).toBe("start 0 of 0");
  });
});

test("a fresh Envoy is epoch 0, whatever plan it follows", () => {
  const [{ stage }] = startFresh({ ...INITIAL, plan: 3, lastLive: 2 });
  expect(stage).toMatchObject({ kind: "running", newest: { number: 0, plan: 2 } });
});
