import type { Exit } from "../linux/exit.ts";
import type { StraySignal } from "../linux/signals.ts";
import type { LogCommand, Step } from "./machine.ts";
import { type Epoch, epochsOf, type Signal, type Stage, type StopRequest, type Wanted, withEpochs } from "./stage.ts";
import type { Trigger } from "./supervision.ts";

// The supervisor is a state machine without clock, files or processes. `step` takes the state and an event, and returns the next state and
// the commands to execute. Commands do not block: the end of each comes back as an event. The stage of a state is what the agent is doing
// and holds the epochs that exist then, at most two (during a hot restart). Timers belong to stages and end with them (`timers.ts`). The
// rules are in `supervision.ts`; the host executes the commands. A stop passes through delaying, draining and stopping, as far as needed, to
// done.

/** The complete state of the supervisor. */
export interface State {
  readonly stage: Stage;
  /** The newest accepted plan, and the newest that has been live. */
  readonly plan: number;
  readonly lastLive: number | undefined;
  /** Envoy was drained on request while the application ran: a stop is immediate. */
  readonly drained: boolean;
  /** A new epoch requested while none could be started. */
  readonly wanted: Wanted | undefined;
  /** A preparation is running; its result may no longer be needed. A second one waits for its end. */
  readonly isPreparing: boolean;
  /** Restarts after crashes since Envoy was last stable. */
  readonly crashes: number;
}

/** The timers; `timers.ts` documents each. */
export type Timer = "delay" | "hold" | "count" | "budget" | "kill" | "live" | "retire" | "backoff" | "steady" | "retry";

/** An event; the end of every command is one. */
export type Event =
  /** A signal requests a stop. */
  | { readonly kind: "terminate"; readonly signal: StopRequest }
  /** SIGHUP: requests a new epoch, or means that the terminal is gone. `isReload`: the agent was started to outlive its terminal. */
  | { readonly kind: "hang-up"; readonly isReload: boolean }
  /** SIGTSTP, as from Ctrl-Z: the agent and its Envoys should pause. */
  | { readonly kind: "suspend" }
  /** SIGCONT, or the pause is over. */
  | { readonly kind: "resume" }
  /** The first occurrence of a signal without a meaning for the agent. */
  | { readonly kind: "unused-signal"; readonly signal: StraySignal }
  /** A POST to /quitquitquit: stop without a drain. */
  | { readonly kind: "quit" }
  /** A POST to /drain: drain now, keep running. */
  | { readonly kind: "drain" }
  | { readonly kind: "request-epoch"; readonly trigger: Trigger }
  /** Envoy would outlive a killed agent, as its parent death signal could not be set. */
  | { readonly kind: "parent-death-unset"; readonly epoch: number; readonly problem: string }
  /** SIGUSR1: Envoy should reopen its logs. */
  | { readonly kind: "reopen" }
  | { readonly kind: "prepared"; readonly outcome: "ready" | "unchanged" | "failed"; readonly problem?: string }
  | { readonly kind: "not-started"; readonly epoch: number; readonly problem: string; readonly status: number }
  | { readonly kind: "live"; readonly epoch: number }
  /** The drain request was answered or failed (`problem`); `isLate`: it timed out. */
  | { readonly kind: "drained"; readonly problem?: string; readonly isLate?: boolean }
  /** The number of Envoy's connections; `failed`: no answer, `unknown`: timed out, `none`: no listener exists. */
  | { readonly kind: "counted"; readonly connections: number | "failed" | "unknown" | "none" }
  | { readonly kind: "timer"; readonly timer: Timer }
  | { readonly kind: "exited"; readonly epoch: number; readonly exit: Exit }
  /** The agent cannot go on: Envoy is stopped in order, and the agent exits with this status. */
  | { readonly kind: "fail"; readonly status: number; readonly why: string };

/** A command to execute; commands do not block. */
export type Command =
  | LogCommand
  /** Plans an epoch from current settings, compares and validates it. `force`: even if the settings are unchanged. */
  | { readonly kind: "prepare"; readonly epoch: number; readonly plan: number; readonly force: boolean }
  | { readonly kind: "start"; readonly epoch: number; readonly plan: number }
  /** Polls Envoy until this epoch is live; a second command for the same Envoy has no effect. */
  | { readonly kind: "await-live"; readonly epoch: number }
  | { readonly kind: "drain"; readonly path: string }
  | { readonly kind: "count" }
  | { readonly kind: "signal"; readonly epoch: number; readonly signal: Signal }
  | { readonly kind: "arm"; readonly timer: Timer; readonly milliseconds: number }
  | { readonly kind: "disarm"; readonly timer: Timer }
  /** Checks whether the terminal is gone; the result is a stop or a new epoch. */
  | { readonly kind: "check-terminal" }
  /** Stops the agent itself until it is continued. */
  | { readonly kind: "suspend" }
  /** Repairs Envoy's shared memory after a failed epoch. */
  | { readonly kind: "repair" }
  /** Finds and logs the cause of an epoch's exit. */
  | { readonly kind: "explain"; readonly epoch: number; readonly exit: Exit; readonly wasLive: boolean; readonly isRequested: boolean }
  /** Removes the files of an epoch that has ended. */
  | { readonly kind: "clean-up"; readonly epoch: number }
  /** Closes the status port and the watches: a stop has begun. */
  | { readonly kind: "close" }
  | { readonly kind: "notify"; readonly state: "READY" | "STOPPING" | "RELOADING" };

export type Stepped = Step<State, Command>;

/** Returns the state of an epoch that was just started. */
export function newEpoch(number: number, plan: number): Epoch {
  return { number, plan, live: false, sent: [] };
}

/** One Envoy was started from the first plan. */
export const INITIAL: State = {
  stage: { kind: "running", newest: newEpoch(0, 0) },
  plan: 0,
  lastLive: undefined,
  drained: false,
  wanted: undefined,
  isPreparing: false,
  crashes: 0,
};

/** No Envoy was started. */
export const ALONE: State = { ...INITIAL, stage: { kind: "alone" } };

/** Returns whether a plan may still be used: the running ones, the newest, the fallback, and one being prepared. */
export function isPlanInUse({ stage, plan, lastLive }: State, id: number): boolean {
  return id >= plan || id === lastLive || epochsOf(stage).some((epoch) => epoch.plan === id);
}

export function arm(timer: Timer, milliseconds: number): Command {
  return { kind: "arm", timer, milliseconds };
}

/** Signals an epoch to end and records the signal in the state. */
export function signalled(state: State, number: number, signal: Signal): Stepped {
  const stage = withEpochs(state.stage, (epoch) => (epoch.number === number ? { ...epoch, sent: [...epoch.sent, signal] } : epoch));
  return [{ ...state, stage }, [{ kind: "signal", epoch: number, signal }]];
}
