import { describe, expect, test } from "bun:test";
import type { Command, Event } from "../../src/supervisor/state.ts";
import { exited, INTERRUPT, lastCommands, live, play, READY, RULES, renew, TERMINATE, timer } from "./support.ts";

// The last log lines of a sequence of events.

const failed: Event = { kind: "prepared", outcome: "failed", problem: "Envoy rejects it" };
const HOT_RESTART = [live(0), renew(), READY];

function said(rules: typeof RULES, events: readonly Event[], lines: number): readonly string[] {
  const texts = play(rules, events).commands.flatMap((each) => (each.kind === "log" ? [`${each.level}: ${each.text}`] : []));
  return texts.slice(-lines);
}

test.each<[string, readonly Event[], readonly string[]]>([
  ["a hot restart begins", [live(0), renew()], ["info: Epoch 0 is live", "info: Preparing epoch 1 (SIGHUP)"]],
  ["and the next one", [...HOT_RESTART, live(1), exited(0, 0), renew("certificates")], ["info: Preparing epoch 2 (certificates)"]],
  [
    "nothing has changed",
    [live(0), renew(), { kind: "prepared", outcome: "unchanged" }],
    ["info: Nothing changed, keeping the current epoch"],
  ],
  [
    "Envoy refuses the next plan",
    [live(0), renew(), failed],
    ["error: Cannot start a new epoch, keeping the current one: Envoy rejects it"],
  ],
  ["a reload too early", [renew()], ["info: New epoch requested (SIGHUP); waiting until epoch 0 is live"]],
  [
    "a reload in a hot restart",
    [...HOT_RESTART, renew("configuration")],
    ["info: New epoch requested (configuration); it follows the hot restart in progress"],
  ],
  [
    "the new epoch ends early",
    [...HOT_RESTART, exited(1, 1)],
    [
      "error: Epoch 1 exited with error: exit status 1",
      "error: Epoch 1 exited before it was live; keeping epoch 0",
      "info: Retrying in 5 s",
    ],
  ],
  ["the new epoch is not live in time", [...HOT_RESTART, timer("live")], ["warn: Epoch 1 is not live after 60 s, killing it"]],
  ["the old epoch does not end", [...HOT_RESTART, live(1), timer("retire")], ["warn: Epoch 0 has not exited in time, killing it"]],
  [
    "the old epoch ends in a hot restart",
    [...HOT_RESTART, exited(0, null, "SIGSEGV")],
    ["error: Epoch 0 exited during the hot restart: starting over with epoch 0"],
  ],
  [
    "the new epoch ends while it takes over",
    [...HOT_RESTART, live(1), exited(1, null, "SIGSEGV")],
    ["error: Epoch 1 exited while taking over: starting over with epoch 0"],
  ],
  [
    "the plan that failed is not the one to fall back to",
    [...HOT_RESTART, live(1), exited(1, null, "SIGSEGV"), exited(0, null, "SIGKILL")],
    ["info: Epoch 0 exited normally", "error: Falling back to the last working bootstrap"],
  ],
  ["Ctrl-C in a drain", [live(0), TERMINATE, INTERRUPT], ["info: Received SIGINT, ending the drain; press Ctrl-C again to kill Envoy"]],
  ["Ctrl-C after that", [live(0), TERMINATE, INTERRUPT, INTERRUPT], ["warn: Received SIGINT, killing Envoy"]],
  ["a drain", [live(0), TERMINATE], ["info: Draining Envoy (/drain_listeners?graceful) for 5 s"]],
  [
    "Envoy does not stop",
    [live(0), TERMINATE, timer("hold"), timer("kill")],
    ["warn: Envoy has not stopped within 4 s (--stop-timeout), killing it"],
  ],
  [
    "/drain",
    [live(0), { kind: "drain" }],
    ["info: Received /drain, draining Envoy (/drain_listeners?graceful&skip_exit); the next stop is immediate"],
  ],
  [
    "a bug",
    [live(0), { kind: "fail", status: 70, why: "a bug" }],
    ["info: Stopping Envoy: a bug", "info: Draining Envoy (/drain_listeners?graceful) for 5 s"],
  ],
  [
    "the terminal is gone",
    [live(0), { kind: "terminate", signal: "SIGHUP" }],
    ["info: The terminal was closed (SIGHUP), stopping Envoy", "info: Draining Envoy (/drain_listeners?graceful) for 5 s"],
  ],
])("%s", (_, events, lines) => {
  expect(said(RULES, events, lines.length)).toEqual([...lines]);
});

test.each<[string, readonly Event[], readonly string[]]>([
  [
    "because it was not live in time",
    [...HOT_RESTART, timer("live"), exited(1, null, "SIGKILL")],
    ["info: Epoch 1 exited normally", "error: Epoch 1 exited before it was live; keeping epoch 0", "info: Retrying in 5 s"],
  ],
  [
    "because the hot restart failed",
    [...HOT_RESTART, exited(0, null, "SIGSEGV"), exited(1, null, "SIGKILL")],
    ["error: Epoch 0 exited during the hot restart: starting over with epoch 0", "info: Epoch 1 exited normally"],
  ],
  [
    "because it did not end by itself",
    [...HOT_RESTART, live(1), timer("retire"), exited(0, null, "SIGKILL")],
    ["warn: Epoch 0 has not exited in time, killing it", "info: Epoch 0 exited normally"],
  ],
])("the exit of an epoch that the agent kills %s is requested", (_, events, lines) => {
  const texts = said(RULES, events, lines.length + 1).filter((line) => !line.startsWith("error: Falling back"));
  expect(texts.slice(-lines.length)).toEqual([...lines]);
});

test("reloads without hot restart are ignored, with the flag that enables them", () => {
  expect(said({ ...RULES, hotRestart: false }, [live(0), renew()], 1)).toEqual([
    "warn: Ignoring SIGHUP: hot restart is disabled; enable it with --hot-restart (ATTACHE_HOT_RESTART=true)",
  ]);
});

describe("an Envoy that keeps crashing", () => {
  const rules = { ...RULES, restart: "on-failure" as const };
  const crashes = (times: number) => Array.from({ length: times }, () => [exited(0, 1), timer("backoff")]).flat();

  test("is restarted from the current plan, which is not a fallback", () => {
    expect(said(rules, [live(0), ...crashes(1)], 2)).toEqual([
      "error: Epoch 0 exited with error: exit status 1",
      "warn: Restarting Envoy in 1 s (--restart on-failure)",
    ]);
  });
  test("is given up after eleven times", () => {
    expect(said(rules, [...crashes(10), exited(0, 1)], 1)).toEqual([
      "error: Envoy exited 11 times without becoming stable, giving up (--restart on-failure)",
    ]);
  });
});

describe("counts of connections", () => {
  const rules = { ...RULES, drain: { ...RULES.drain, until: "connections" as const } };
  type Count = Extract<Event, { kind: "counted" }>["connections"];
  const after = (lossless: boolean, ...counts: readonly Count[]) =>
    said(
      { ...rules, drain: { ...rules.drain, lossless } },
      [live(0), TERMINATE, timer("hold"), ...counts.map((connections): Event => ({ kind: "counted", connections }))],
      1,
    );

  test.each<[boolean, readonly Count[], string]>([
    [false, [1], "info: 1 connection is left"],
    [false, [2], "info: 2 connections are left"],
    [false, [0], "info: No connections are left, stopping Envoy"],
    [false, ["none"], "info: No connections are left, stopping Envoy"],
    [true, ["none"], "info: Cannot count connections: the bootstrap disables their statistics"],
    [false, ["failed"], "info: Cannot count connections: the admin interface does not answer"],
    [false, ["unknown"], "info: Cannot count connections: no answer in time"],
    [false, Array<"failed">(5).fill("failed"), "warn: Envoy's admin interface failed 5 times in a row, ending the drain"],
  ])("lossless %p, %j: %s", (lossless, counts, line) => {
    expect(after(lossless, ...counts)).toEqual([line]);
  });

  test("the schedule of such a drain notes that it may be longer", () => {
    expect(said(rules, [live(0), TERMINATE], 1)).toEqual(["info: Draining Envoy (/drain_listeners?graceful) for 5 s or longer"]);
  });
});

test("a stop within a known grace period logs its reason, closes the status port and sets its limit before the drain", () => {
  const rules = { ...RULES, gracePeriod: { milliseconds: 30_000, isKnown: true } };
  const started = play(rules, [live(0)]).commands.length;
  const short = (command: Command) => (command.kind === "arm" ? `arm ${command.timer} ${command.milliseconds}` : command.kind);
  expect(
    play(rules, [live(0), TERMINATE])
      .commands.slice(started)
      .map(short),
  ).toEqual([...["log", "close", "notify", "arm budget 25500"], ...["log", "drain", "arm hold 5000"]]);
});

test("the shortest delay counts", () => {
  expect(lastCommands({ ...RULES, preDrainDelay: 1 }, [live(0), TERMINATE])).toEqual(["close", "arm delay 1"]);
});

test.each([0, -1])("a drain of %p s ends at once", (hold) => {
  const rules = { ...RULES, drain: { ...RULES.drain, hold } };
  expect(lastCommands(rules, [live(0), TERMINATE])).toEqual(["close", "drain /drain_listeners?graceful", "arm hold 0"]);
});

test("a stop shortened by the grace period is logged", () => {
  const rules = { ...RULES, preDrainDelay: 2_000, gracePeriod: { milliseconds: 30_000, isKnown: true } };
  expect(said(rules, [live(0), TERMINATE], 1)).toEqual(["info: Waiting 2 s before the drain"]);
  expect(said(rules, [live(0), TERMINATE, timer("budget")], 1)).toEqual([
    "warn: The grace period is nearly over (--grace-period), ending the drain",
  ]);
});
