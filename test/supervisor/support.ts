import { type Command, type Event, INITIAL, type State } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import type { Supervision } from "../../src/supervisor/supervision.ts";

/** Rules with round numbers; tests change what they are about. */
export const RULES: Supervision = {
  drain: {
    path: "/drain_listeners?graceful",
    earlyPath: "/drain_listeners?graceful&skip_exit",
    until: "time",
    hold: 5_000,
    lossless: false,
    countPath: "/stats",
    interval: 1_000,
    ownPorts: [15021],
    countsInternal: false,
  },
  quitDrains: false,
  preDrainDelay: 0,
  stopTimeout: 4_000,
  gracePeriod: { milliseconds: 30_000, isKnown: false },
  portSettings: [],
  hotRestart: true,
  baseId: 0,
  parentShutdown: 60_000,
  watch: { certificates: [], configuration: [], debounce: 0 },
  restart: "never",
  terminationMessagePath: "",
};

export const TERMINATE: Event = { kind: "terminate", signal: "SIGTERM" };
export const INTERRUPT: Event = { kind: "terminate", signal: "SIGINT" };
export const exited = (epoch: number, code: number | null, signal: string | number | null = null): Event => ({
  kind: "exited",
  epoch,
  exit: { code, signal },
});
export const timer = (name: Extract<Event, { kind: "timer" }>["timer"]): Event => ({ kind: "timer", timer: name });
export const live = (epoch: number): Event => ({ kind: "live", epoch });
export const renew = (trigger: "SIGHUP" | "certificates" | "configuration" = "SIGHUP"): Event => ({ kind: "request-epoch", trigger });
export const READY: Event = { kind: "prepared", outcome: "ready" };

/** The state after events, and every command on the way. */
export function play(rules: Supervision, events: readonly Event[]): { readonly state: State; readonly commands: readonly Command[] } {
  let state = INITIAL;
  const commands: Command[] = [];
  for (const event of events) {
    const [next, more] = step(rules, state, event);
    state = next;
    commands.push(...more);
  }
  return { state, commands };
}

/** What the last of the events made the supervisor begin, log lines and notes to systemd left out, in short words. */
export function lastCommands(rules: Supervision, events: readonly Event[]): readonly string[] {
  const { state } = play(rules, events.slice(0, -1));
  const last = events.at(-1);
  return last === undefined ? [] : step(rules, state, last)[1].flatMap(short);
}

function short(command: Command): readonly string[] {
  switch (command.kind) {
    case "log":
    case "notify":
    case "explain":
    // That timers end with their stage is a test of its own.
    case "disarm":
      return [];
    case "arm":
      return [`arm ${command.timer} ${command.milliseconds}`];
    case "signal":
      return [`${command.signal} to ${command.epoch}`];
    case "drain":
      return [`drain ${command.path}`];
    case "prepare":
      return [`prepare ${command.epoch}${command.force ? " by force" : ""}`];
    case "start":
      return [`start ${command.epoch} of ${command.plan}`];
    case "await-live":
    case "clean-up":
      return [`${command.kind} ${command.epoch}`];
    case "count":
    case "repair":
    case "close":
    case "suspend":
    case "check-terminal":
      return [command.kind];
  }
}
