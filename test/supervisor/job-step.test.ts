import { describe, expect, test } from "bun:test";
import { signalNumber } from "../../src/linux/signals.ts";
import { JOB_SIGNALS, type JobSignal } from "../../src/supervisor/job-signals.ts";
import { type Foreground, type JobCommand, type JobEvent, type JobRules, type JobState, QUITS } from "../../src/supervisor/job-state.ts";
import { jobStep } from "../../src/supervisor/job-step.ts";

const RULES: JobRules = { quit: "always", isInteractive: false };

const STATES = {
  waiting: { kind: "waiting" },
  running: { kind: "running", usesTerminal: false },
  "running with the terminal": { kind: "running", usesTerminal: true },
  quitting: { kind: "quitting", status: 3 },
  done: { kind: "done", status: 3 },
} as const satisfies Readonly<Record<string, JobState>>;

const signal = (name: JobSignal, more: Partial<Extract<JobEvent, { readonly kind: "signal" }>> = {}): JobEvent => ({
  kind: "signal",
  signal: name,
  isOfTerminal: false,
  isIgnored: false,
  ...more,
});
const stopped = (name: "SIGTSTP" | "SIGTTIN" | "SIGTTOU" | "SIGSTOP", foreground: Foreground, isUnderShell: boolean): JobEvent => ({
  kind: "stopped",
  signal: name,
  foreground,
  isUnderShell,
});
const ended = (code: number | null, by: string | number | null = null): JobEvent => ({ kind: "ended", exit: { code, signal: by } });

const EVENTS: Readonly<Record<string, JobEvent>> = {
  ready: { kind: "ready" },
  "not ready": { kind: "not-ready" },
  ...Object.fromEntries(JOB_SIGNALS.map((name) => [name, signal(name)])),
  "SIGINT of the terminal": signal("SIGINT", { isOfTerminal: true }),
  "SIGWINCH of the terminal": signal("SIGWINCH", { isOfTerminal: true }),
  "SIGTSTP of the terminal": signal("SIGTSTP", { isOfTerminal: true }),
  "SIGHUP under nohup": signal("SIGHUP", { isIgnored: true }),
  unstartable: { kind: "unstartable", problem: 'Cannot run "x"', status: 127 },
  "stopped without a terminal": stopped("SIGTSTP", "none", true),
  "stopped by Ctrl-Z": stopped("SIGTSTP", "job", true),
  "stopped by Ctrl-Z of a pipeline": stopped("SIGTSTP", "run", true),
  "stopped by Ctrl-Z without a shell": stopped("SIGTSTP", "job", false),
  "stopped by itself": stopped("SIGSTOP", "job", true),
  "stopped from outside without a shell": stopped("SIGSTOP", "job", false),
  "stopped from outside in a pipeline": stopped("SIGSTOP", "run", true),
  "stopped as it reads in a pipeline": stopped("SIGTTIN", "run", true),
  "stopped as it reads in the background": stopped("SIGTTIN", "other", true),
  "stopped as it reads in the background without a shell": stopped("SIGTTIN", "other", false),
  "stopped as it sets the terminal": stopped("SIGTTOU", "run", true),
  "ends with 0": ended(0),
  "ends with 3": ended(3),
  "ends by SIGTERM": ended(null, "SIGTERM"),
  "ends by a real-time signal": ended(null, 34),
  "quit answered": { kind: "quit-answered" },
  "quit failed": { kind: "quit-answered", problem: "Cannot stop the proxy at x: y" },
  fail: { kind: "fail", bug: "a bug" },
};

function shown(command: JobCommand): string {
  if (command.kind === "pass") return `pass ${command.signal} to ${command.to}`;
  if (command.kind === "pause") return `pause ${command.to} by ${command.signal}`;
  if (command.kind === "log") return `${command.level}: ${command.text}`;
  return command.kind;
}

function stateText(state: JobState): string {
  if (state.kind === "running") return state.usesTerminal ? "running with the terminal" : "running";
  return "status" in state ? `${state.kind} ${state.status}` : state.kind;
}

const stops = (name: JobSignal): readonly string[] => [
  `quitting ${128 + signalNumber(name)}`,
  "stop-waiting",
  `info: Received ${name} while waiting for the proxy: the job is not started`,
  "quit",
];

const passes = Object.fromEntries(
  JOB_SIGNALS.filter((name) => name !== "SIGCONT").map((name) => [name, [`pass ${name} to job`] as readonly string[]]),
);
const passed = (state: string) => Object.fromEntries(Object.entries(passes).map(([name, commands]) => [name, [state, ...commands]]));
const whileRunning = (state: string, finish: readonly string[] = []): Readonly<Record<string, readonly string[]>> => ({
  ...passed(state),
  "SIGINT of the terminal": [state, "pass SIGINT to group"],
  "SIGWINCH of the terminal": [state, "pass SIGWINCH to group"],
  "SIGTSTP of the terminal": [state, "pass SIGTSTP to group"],
  "SIGHUP under nohup": [state, "pass SIGHUP to job"],
  unstartable: ["quitting 127", 'error: Cannot run "x"', "quit"],
  "stopped by Ctrl-Z": [state, "pause group by SIGTSTP"],
  "stopped by Ctrl-Z of a pipeline": [state, "pause run by SIGTSTP"],
  "stopped by Ctrl-Z without a shell": [state, "pass SIGCONT to group"],
  "stopped by itself": [state, "pause group by SIGTSTP"],
  "stopped from outside in a pipeline": [state, "pause group by SIGTSTP"],
  "stopped as it reads in a pipeline": ["running with the terminal", "give-terminal", "pass SIGCONT to group"],
  "stopped as it reads in the background": ["running with the terminal", "pause group by SIGTTIN"],
  "stopped as it reads in the background without a shell": ["running with the terminal", "give-terminal", "pass SIGCONT to group"],
  "stopped as it sets the terminal": ["running with the terminal", "give-terminal", "pass SIGCONT to group"],
  "ends with 0": ["quitting 0", ...finish, "quit"],
  "ends with 3": ["quitting 3", ...finish, "quit"],
  "ends by SIGTERM": ["quitting 143", ...finish, "quit"],
  "ends by a real-time signal": ["quitting 162", ...finish, "quit"],
  fail: [state, "error: a bug"],
});

/** The state after each event that matters in a state, and its commands; any other event has no effect. */
const TABLE: Readonly<Record<keyof typeof STATES, Readonly<Record<string, readonly string[]>>>> = {
  waiting: {
    ready: ["running", "run"],
    "not ready": ["quitting 255", "quit"],
    ...Object.fromEntries(
      (
        [
          ...(["SIGHUP", "SIGINT", "SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM"] as const),
          ...(["SIGXCPU", "SIGVTALRM", "SIGPROF", "SIGIO", "SIGWINCH"] as const),
        ] as const
      ).map((name) => [name, stops(name)]),
    ),
    "SIGINT of the terminal": stops("SIGINT"),
    "SIGTSTP of the terminal": ["waiting", "pause run by SIGTSTP"],
    SIGTSTP: ["waiting", "pause run by SIGTSTP"],
    SIGTTIN: ["waiting", "pause run by SIGTTIN"],
    SIGTTOU: ["waiting", "pause run by SIGTTOU"],
    fail: ["quitting 70", "stop-waiting", "error: a bug", "quit"],
  },
  running: { ...whileRunning("running"), SIGCONT: ["running", "pass SIGCONT to group"] },
  "running with the terminal": {
    ...whileRunning("running with the terminal", ["take-terminal"]),
    SIGCONT: ["running with the terminal", "give-terminal", "pass SIGCONT to group"],
  },
  quitting: {
    "quit answered": ["done 3"],
    "quit failed": ["done 3", "warn: Cannot stop the proxy at x: y"],
    fail: ["done 3", "error: a bug"],
  },
  done: {},
};

describe.each(Object.entries(STATES))("%s", (name, state: JobState) => {
  const row = TABLE[name as keyof typeof STATES]; // the keys of the record above
  test("has rows of events that exist", () => {
    expect(Object.keys(row).filter((event) => EVENTS[event] === undefined)).toEqual([]);
  });

  test.each(Object.entries(EVENTS))("%s", (event, happened) => {
    const [next, commands] = jobStep(RULES, state, happened);
    expect([stateText(next), ...commands.map(shown)]).toEqual([...(row[event] ?? [stateText(state)])]);
  });
});

test("every signal from users or container runtimes is forwarded", () => {
  const ending = "SIGHUP SIGINT SIGQUIT SIGABRT SIGUSR1 SIGUSR2 SIGALRM SIGTERM SIGXCPU SIGVTALRM SIGPROF SIGIO";
  expect(JOB_SIGNALS.join(" ")).toBe(`${ending} SIGTSTP SIGTTIN SIGTTOU SIGCONT SIGWINCH SIGURG`);
});

test("every kind of event has a row", () => {
  // A new kind makes this record incomplete, and the compiler reports it.
  const kinds: Readonly<Record<JobEvent["kind"], true>> = {
    ready: true,
    "not-ready": true,
    signal: true,
    unstartable: true,
    stopped: true,
    ended: true,
    "quit-answered": true,
    fail: true,
  };
  expect(Object.keys(kinds).filter((kind) => !Object.values(EVENTS).some((event) => event.kind === kind))).toEqual([]);
});

test("a shell's only program gets the terminal at its start", () => {
  const [state, commands] = jobStep({ ...RULES, isInteractive: true }, STATES.waiting, { kind: "ready" });
  expect([stateText(state), ...commands.map(shown)]).toEqual(["running with the terminal", "run", "give-terminal"]);
});

describe("--quit", () => {
  const keeps = (quit: string, status: number) => `info: The proxy keeps running (--quit ${quit}): the exit status is ${status}`;
  const ends: readonly (readonly [JobState, JobEvent, status: number])[] = [
    [STATES.running, ended(0), 0],
    [STATES.running, ended(1), 1],
    [STATES.running, ended(null, 15), 143],
    [STATES.running, { kind: "unstartable", problem: "p", status: 126 }, 126],
    [STATES.waiting, { kind: "not-ready" }, 255],
    [STATES.waiting, signal("SIGTERM"), 143],
    [STATES.waiting, { kind: "fail", bug: "b" }, 70],
  ];

  test.each(QUITS.flatMap((quit) => ends.map(([state, event, status]) => [quit, state, event, status] as const)))(
    "%s, %j, %j: %p",
    (quit, state, event, status) => {
      const [next, commands] = jobStep({ ...RULES, quit }, state, event);
      const isAsked = quit === "always" || (quit === "on-success" && status === 0);
      expect(next).toEqual({ kind: isAsked ? "quitting" : "done", status });
      const said = commands.map(shown);
      expect(said.includes("quit")).toBe(isAsked);
      expect(said.includes(keeps(quit, status))).toBe(quit === "on-success" && status !== 0);
    },
  );
});
