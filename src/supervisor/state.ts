import type { Exit } from "../linux/exit.ts";
import type { StopSignal, StraySignal } from "../linux/signals.ts";
import type { Trigger } from "./supervision.ts";

/** What the agent sends to an Envoy. */
export type Signal = "SIGTERM" | "SIGKILL" | "SIGUSR1" | "SIGSTOP" | "SIGCONT";

/** What asks the agent to stop by a signal; SIGHUP does when the terminal is gone. */
export type StopRequest = StopSignal | "SIGHUP";

/** One Envoy that runs. */
export interface Epoch {
  readonly number: number;
  /** The plan it was started from; the first is 0. */
  readonly plan: number;
  readonly live: boolean;
  /** Signals that may end it without being a crash: those the agent sent, and those that asked for the stop. */
  readonly sent: readonly (Signal | StopRequest)[];
}

/** What the agent is doing. */
export type Stage =
  | { readonly kind: "running" }
  /** The next epoch is planned and validated; the current one serves. */
  | { readonly kind: "preparing"; readonly trigger: Trigger; readonly attempt: number }
  /** The next epoch has failed; it is prepared again after a pause. */
  | { readonly kind: "retrying"; readonly trigger: Trigger; readonly attempt: number }
  /** The next epoch runs and is not live; the one before serves. */
  | { readonly kind: "starting"; readonly trigger: Trigger; readonly attempt: number }
  /** The new epoch serves; the one before ends by itself. */
  | { readonly kind: "retiring" }
  /** Every epoch of a failed hot restart is being killed; a fresh one follows. */
  | { readonly kind: "clearing" }
  /** Nothing runs; the next start waits for its time. */
  | { readonly kind: "waiting" }
  /** A stop was asked for while an epoch that is not live ran beside the current one; it ends first. */
  | { readonly kind: "abandoning" }
  | { readonly kind: "delaying" }
  | { readonly kind: "draining"; readonly failures: number }
  | { readonly kind: "stopping" }
  | { readonly kind: "done"; readonly status: number };

/** Why a new epoch is to follow, and how many times it was tried, this time included. */
export interface Wanted {
  readonly trigger: Trigger;
  readonly attempt: number;
}

/** All the supervisor knows (design §5). */
export interface State {
  readonly stage: Stage;
  /** Oldest first; the last one is current, but for one of a hot restart that is not live. */
  readonly epochs: readonly Epoch[];
  /** The newest plan that was accepted, and the newest that has been live. */
  readonly plan: number;
  readonly lastLive: number | undefined;
  /** Envoy was drained while the application still ran: a stop is immediate. */
  readonly drained: boolean;
  /** A new epoch that was asked for while none could be started. */
  readonly wanted: Wanted | undefined;
  /** A preparation has begun and not ended; its epoch may be wanted no longer. A second one waits for its end. */
  readonly isPreparing: boolean;
  /** Starts after a crash since Envoy last ran for a while. */
  readonly crashes: number;
  /** The status of the current Envoy's end, while others still run; or of what made the agent give up. */
  readonly status: number | undefined;
}

export type Timer = "delay" | "hold" | "count" | "budget" | "kill" | "live" | "retire" | "abandon" | "backoff" | "steady" | "again";

/** What can happen; every end of a command comes back as one of these. */
export type Event =
  /** A signal asks the agent to stop. */
  | { readonly kind: "terminate"; readonly signal: StopRequest }
  /** SIGHUP: a new epoch is asked for, or the terminal is gone. `isReload`: whoever started the agent has it outlive its terminal. */
  | { readonly kind: "hang-up"; readonly isReload: boolean }
  /** SIGTSTP, as from Ctrl-Z: the agent and its Envoys are to pause. */
  | { readonly kind: "suspend" }
  /** SIGCONT, or the pause is over. */
  | { readonly kind: "resume" }
  /** The first of a signal that means nothing here. */
  | { readonly kind: "stray"; readonly signal: StraySignal }
  /** Somebody posted to /quitquitquit: stop without a drain. */
  | { readonly kind: "quit" }
  /** Somebody posted to /drain: drain now, keep running. */
  | { readonly kind: "drain" }
  | { readonly kind: "renew"; readonly trigger: Trigger }
  /** Envoy would outlive an agent that is killed, as the kernel does not tie it to one. */
  | { readonly kind: "untied"; readonly epoch: number; readonly problem: string }
  /** SIGUSR1: Envoy is to open its logs again. */
  | { readonly kind: "reopen" }
  | { readonly kind: "prepared"; readonly outcome: "ready" | "unchanged" | "failed"; readonly problem?: string }
  | { readonly kind: "not-started"; readonly epoch: number; readonly problem: string; readonly status: number }
  | { readonly kind: "live"; readonly epoch: number }
  /** The drain call has its answer, or why there is none; `isLate`: Envoy took too long. */
  | { readonly kind: "drained"; readonly problem?: string; readonly isLate?: boolean }
  /** Envoy's connections; `failed`: it did not answer, `unknown`: not in time, `none`: it knows of no listener. */
  | { readonly kind: "counted"; readonly connections: number | "failed" | "unknown" | "none" }
  | { readonly kind: "timer"; readonly timer: Timer }
  | { readonly kind: "exited"; readonly epoch: number; readonly exit: Exit }
  /** The agent cannot go on: Envoy is stopped in order, and the agent ends with this status. */
  | { readonly kind: "fail"; readonly status: number; readonly why: string };

/** What is to be begun; nothing here waits. */
export type Command =
  | { readonly kind: "say"; readonly level: "info" | "warn" | "error"; readonly text: string }
  /** Plans an epoch from settings read anew, compares and validates it. `force`: equal settings are no reason to stay. */
  | { readonly kind: "prepare"; readonly epoch: number; readonly plan: number; readonly force: boolean }
  | { readonly kind: "start"; readonly epoch: number; readonly plan: number }
  /** Asks Envoy until this epoch is live; asking for the same Envoy again changes nothing. */
  | { readonly kind: "await-live"; readonly epoch: number }
  | { readonly kind: "drain"; readonly path: string }
  | { readonly kind: "count" }
  | { readonly kind: "signal"; readonly epoch: number; readonly signal: Signal }
  | { readonly kind: "arm"; readonly timer: Timer; readonly milliseconds: number }
  | { readonly kind: "disarm"; readonly timer: Timer }
  /** Finds out whether the terminal is gone; the answer is a stop or a new epoch. */
  | { readonly kind: "look-for-terminal" }
  /** Stops the agent itself until it is continued. */
  | { readonly kind: "suspend" }
  /** Clears what a failed epoch left in Envoy's shared memory. */
  | { readonly kind: "repair" }
  /** Finds out why an epoch ended, and says it. */
  | { readonly kind: "explain"; readonly epoch: number; readonly exit: Exit; readonly wasLive: boolean; readonly asked: boolean }
  /** Removes what an epoch that has ended leaves behind. */
  | { readonly kind: "forget"; readonly epoch: number }
  /** Closes the status port and the watches: a stop has begun. */
  | { readonly kind: "close" }
  | { readonly kind: "notify"; readonly state: "READY" | "STOPPING" | "RELOADING" };

export type Stepped = readonly [State, readonly Command[]];

/** One Envoy was started from the first plan. */
export const INITIAL: State = {
  stage: { kind: "running" },
  epochs: [{ number: 0, plan: 0, live: false, sent: [] }],
  plan: 0,
  lastLive: undefined,
  drained: false,
  wanted: undefined,
  isPreparing: false,
  crashes: 0,
  status: undefined,
};

/** The agent is alone: its life is that of a supervisor whose Envoy is not there. */
export const ALONE: State = { ...INITIAL, epochs: [] };

/** The epoch that serves: the newest, but for one that is not live beside an older one. */
export function currentEpoch({ stage, epochs }: State): Epoch | undefined {
  return stage.kind === "starting" || stage.kind === "abandoning" ? (epochs.at(-2) ?? epochs.at(-1)) : epochs.at(-1);
}

/** Whether a stop is under way. */
export function isEnding({ stage }: State): boolean {
  return ["abandoning", "delaying", "draining", "stopping", "done"].includes(stage.kind);
}

export function say(level: "info" | "warn" | "error", text: string): Command {
  return { kind: "say", level, text };
}

export function arm(timer: Timer, milliseconds: number): Command {
  return { kind: "arm", timer, milliseconds };
}

/** A signal to an epoch, and the state that knows of it. */
export function signalled(state: State, number: number, signal: Signal): Stepped {
  const epochs = state.epochs.map((epoch) => (epoch.number === number ? { ...epoch, sent: [...epoch.sent, signal] } : epoch));
  return [{ ...state, epochs }, [{ kind: "signal", epoch: number, signal }]];
}
