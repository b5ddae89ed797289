import type { Exit } from "../linux/exit.ts";
import type { StraySignal } from "../linux/signals.ts";
import type { Say, Step } from "./machine.ts";
import { type Epoch, type Signal, type Stage, type StopRequest, type Wanted, withEpochs } from "./stage.ts";
import type { Trigger } from "./supervision.ts";

// The supervisor is a state machine without a clock, files or processes. `step` takes the state and one event, and returns the
// next state and commands: what is to be begun. Nothing here waits: the end of each command comes back as an event. The stage of
// a state says what the agent is doing and holds the epochs that there can be then, at most two: those of a hot restart. Timers
// belong to stages and end with them (`timers.ts`). What the agent follows is in `supervision.ts`, what performs the commands in
// the host. A stop goes through abandoning, delaying, draining and stopping, as far as there is anything to do, to done.

/** All the supervisor knows. */
export interface State {
  readonly stage: Stage;
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
}

/** Names of the timers; `timers.ts` says what each is for. */
export type Timer = "delay" | "hold" | "count" | "budget" | "kill" | "live" | "retire" | "abandon" | "backoff" | "steady" | "again";

/** What can happen; every end of a command comes back as one of these. */
export type Event =
  /** A signal asks the agent to stop. */
  | { readonly kind: "terminate"; readonly signal: StopRequest }
  /** SIGHUP: a new epoch is asked for, or the terminal is gone. `isReload`: the agent was started to outlive its terminal. */
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
  | Say
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

export type Stepped = Step<State, Command>;

/** An epoch that has just been started. */
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

export function arm(timer: Timer, milliseconds: number): Command {
  return { kind: "arm", timer, milliseconds };
}

/** A signal that ends an epoch, and the state that knows of it. */
export function signalled(state: State, number: number, signal: Signal): Stepped {
  const stage = withEpochs(state.stage, (epoch) => (epoch.number === number ? { ...epoch, sent: [...epoch.sent, signal] } : epoch));
  return [{ ...state, stage }, [{ kind: "signal", epoch: number, signal }]];
}
