import type { StopSignal } from "../linux/signals.ts";
import type { OfKind } from "./machine.ts";
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
  /** Signals the agent sent to end it, which then is not a crash. */
  readonly sent: readonly Signal[];
}

/** Why a new epoch is to follow, and how many times it was tried, this time included. */
export interface Wanted {
  readonly trigger: Trigger;
  readonly attempt: number;
}

/** A stop that is under way, and what it has still to end. */
export interface Stop {
  readonly older: Epoch | undefined;
  readonly newest: Epoch;
  /** Signals that asked for it. An Envoy that gets one of them too, as from a service manager, and ends by it has not crashed. */
  readonly requests: readonly StopRequest[];
  /** The exit status of an agent that gave up; before all others. */
  readonly failure: number | undefined;
  /** The exit status of the newest epoch, which has ended while an older one runs. */
  readonly newestStatus: number | undefined;
}

/** What the agent is doing, with the epochs that there are then. */
export type Stage =
  /** There is no Envoy and never was: the agent serves the application alone. */
  | { readonly kind: "alone" }
  | { readonly kind: "running"; readonly newest: Epoch }
  /** The next epoch is planned and validated; the current one serves. */
  | ({ readonly kind: "preparing"; readonly newest: Epoch } & Wanted)
  /** The next epoch has failed; it is prepared again after a pause. */
  | ({ readonly kind: "retrying"; readonly newest: Epoch } & Wanted)
  /** The next epoch runs and is not live; the one before serves. */
  | ({ readonly kind: "starting"; readonly older: Epoch; readonly newest: Epoch } & Wanted)
  /** The new epoch serves; the one before ends by itself. */
  | { readonly kind: "retiring"; readonly older: Epoch; readonly newest: Epoch }
  /** What a failed hot restart left is being killed; a fresh epoch follows. */
  | { readonly kind: "clearing"; readonly newest: Epoch }
  /** Nothing runs; the next start waits for its time. */
  | { readonly kind: "waiting" }
  /** A stop was asked for while an epoch that is not live ran beside the current one; it ends first. */
  | { readonly kind: "abandoning"; readonly stop: Stop }
  | { readonly kind: "delaying"; readonly stop: Stop }
  /** `failures`: how many times in a row Envoy's connections could not be counted. */
  | { readonly kind: "draining"; readonly stop: Stop; readonly failures: number }
  | { readonly kind: "stopping"; readonly stop: Stop }
  | { readonly kind: "done"; readonly status: number };

export type StageOf<Kind extends Stage["kind"]> = OfKind<Stage, Kind>;

/** Every epoch there is, oldest first. */
export function epochsOf(stage: Stage): readonly Epoch[] {
  const { older, newest } = pairIn(stage);
  return [older, newest].filter((epoch) => epoch !== undefined);
}

/** The epoch that serves: the newest, but for one that is not live beside an older one. */
export function currentEpoch(stage: Stage): Epoch | undefined {
  const { older, newest } = pairIn(stage);
  return stage.kind === "starting" || stage.kind === "abandoning" ? (older ?? newest) : newest;
}

function pairIn(stage: Stage): { readonly older?: Epoch | undefined; readonly newest?: Epoch } {
  return "stop" in stage ? stage.stop : "newest" in stage ? stage : {};
}

/** The same stage after a change of each of its epochs. */
export function withEpochs(stage: Stage, change: (epoch: Epoch) => Epoch): Stage {
  if ("stop" in stage) {
    const { older, newest } = stage.stop;
    return { ...stage, stop: { ...stage.stop, older: older && change(older), newest: change(newest) } };
  }
  if ("older" in stage) return { ...stage, older: change(stage.older), newest: change(stage.newest) };
  return "newest" in stage ? { ...stage, newest: change(stage.newest) } : stage;
}

/** Whether a stop is under way, or over. */
export function isEnding(stage: Stage): stage is StageOf<"abandoning" | "delaying" | "draining" | "stopping" | "done"> {
  return "stop" in stage || stage.kind === "done";
}
