import type { StopSignal } from "../linux/signals.ts";
import type { OfKind } from "./machine.ts";
import type { Trigger } from "./supervision.ts";

/** A signal the agent sends to Envoy. */
export type Signal = "SIGTERM" | "SIGKILL" | "SIGUSR1" | "SIGSTOP" | "SIGCONT";

/** A signal that requests a stop; SIGHUP does if the terminal is gone. */
export type StopRequest = StopSignal | "SIGHUP";

/** A running Envoy. */
export interface Epoch {
  readonly number: number;
  /** The plan it was started from; the first is 0. */
  readonly plan: number;
  readonly live: boolean;
  /** Signals the agent sent to end it; such an exit is not a crash. */
  readonly sent: readonly Signal[];
}

/** Why a new epoch is needed, and the number of attempts, including this one. */
export interface Wanted {
  readonly trigger: Trigger;
  readonly attempt: number;
}

/** A stop in progress, and the epochs it still has to end. */
export interface Stop {
  readonly older: Epoch | undefined;
  readonly newest: Epoch;
  /** Signals that requested it. An Envoy that exits by one of them, as when a service manager signals all processes, has not crashed. */
  readonly requests: readonly StopRequest[];
  /** The exit status of an agent that gave up; takes precedence. */
  readonly failure: number | undefined;
  /** The exit status of the newest epoch, if it was live and ended before an older one. */
  readonly newestStatus: number | undefined;
}

/** What the agent is doing, with the epochs that exist then. */
export type Stage =
  /** No Envoy was ever started: the agent runs without one. */
  | { readonly kind: "alone" }
  | { readonly kind: "running"; readonly newest: Epoch }
  /** The next epoch is being planned and validated; the current one serves. */
  | ({ readonly kind: "preparing"; readonly newest: Epoch } & Wanted)
  /** The next epoch failed and is prepared again after a pause. */
  | ({ readonly kind: "retrying"; readonly newest: Epoch } & Wanted)
  /** The next epoch runs but is not live; the older one serves. */
  | ({ readonly kind: "starting"; readonly older: Epoch; readonly newest: Epoch } & Wanted)
  /** The new epoch serves; the older one is shutting down. */
  | { readonly kind: "retiring"; readonly older: Epoch; readonly newest: Epoch }
  /** The rest of a failed hot restart is being killed; a fresh epoch follows. */
  | { readonly kind: "clearing"; readonly newest: Epoch }
  /** Nothing runs; the next start is delayed. */
  | { readonly kind: "waiting" }
  | { readonly kind: "delaying"; readonly stop: Stop }
  /** `failures`: consecutive failures to count Envoy's connections. */
  | { readonly kind: "draining"; readonly stop: Stop; readonly failures: number }
  | { readonly kind: "stopping"; readonly stop: Stop }
  | { readonly kind: "done"; readonly status: number };

export type StageOf<Kind extends Stage["kind"]> = OfKind<Stage, Kind>;

/** Returns every epoch that exists, oldest first. */
export function epochsOf(stage: Stage): readonly Epoch[] {
  const { older, newest } = pairIn(stage);
  return [older, newest].filter((epoch) => epoch !== undefined);
}

/** Returns the epoch that serves: the newest, unless it is not live and an older one exists. */
export function currentEpoch(stage: Stage): Epoch | undefined {
  const { older, newest } = pairIn(stage);
  return newest?.live === true ? newest : (older ?? newest);
}

function pairIn(stage: Stage): { readonly older?: Epoch | undefined; readonly newest?: Epoch } {
  return "stop" in stage ? stage.stop : "newest" in stage ? stage : {};
}

/** Applies a change to each epoch of a stage. */
export function withEpochs(stage: Stage, change: (epoch: Epoch) => Epoch): Stage {
  if ("stop" in stage) {
    const { older, newest } = stage.stop;
    return { ...stage, stop: { ...stage.stop, older: older && change(older), newest: change(newest) } };
  }
  if ("older" in stage) return { ...stage, older: change(stage.older), newest: change(stage.newest) };
  return "newest" in stage ? { ...stage, newest: change(stage.newest) } : stage;
}

/** Returns whether a new epoch that is not live yet has taken over the admin interface of the one that still serves, also during a stop. */
export function isAdminTakenOver(stage: Stage): boolean {
  const { older, newest } = pairIn(stage);
  return older !== undefined && newest?.live === false;
}

/** Returns whether a stop is in progress or complete. */
export function isEnding(stage: Stage): stage is StageOf<"delaying" | "draining" | "stopping" | "done"> {
  return "stop" in stage || stage.kind === "done";
}
