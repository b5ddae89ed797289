import type { Exit } from "../linux/exit.ts";
import type { JobSignal, StoppingSignal } from "./job-signals.ts";
import type { Say, Step } from "./machine.ts";

/** Which ends of a job stop the proxy. */
export const QUITS = ["always", "on-success", "never"] as const;

export interface JobRules {
  readonly quit: (typeof QUITS)[number];
  /** Whether the job is a shell's only foreground program, which then gets the terminal at its start. */
  readonly isInteractive: boolean;
}

/** What `run` is doing. */
export type JobState =
  /** The proxy is not ready; the job does not run. */
  | { readonly kind: "waiting" }
  /** The job runs, or is stopped. `usesTerminal`: it has had the terminal, and gets it again. */
  | { readonly kind: "running"; readonly usesTerminal: boolean }
  /** The job has ended, or will not run; the proxy is asked to stop. */
  | { readonly kind: "quitting"; readonly status: number }
  | { readonly kind: "done"; readonly status: number };

/** Whose process group is in the foreground of the terminal: the job's, that of `run`, or another; or there is no terminal. */
export type Foreground = "job" | "run" | "other" | "none";

/** What can happen; every end of a command comes back as one of these. */
export type JobEvent =
  | { readonly kind: "ready" }
  /** The proxy was not ready in time. */
  | { readonly kind: "unready" }
  | {
      readonly kind: "signal";
      readonly signal: JobSignal;
      /** Whether the terminal may have sent it, which sends it to a whole process group. */
      readonly isOfTerminal: boolean;
      /** Whether this process was started with the signal ignored, as by nohup. */
      readonly isIgnored: boolean;
    }
  | { readonly kind: "unstartable"; readonly problem: string; readonly status: number }
  | {
      readonly kind: "stopped";
      readonly signal: StoppingSignal | "SIGSTOP";
      readonly foreground: Foreground;
      /** Whether a shell could continue `run` if it stopped. */
      readonly isUnderShell: boolean;
    }
  | { readonly kind: "ended"; readonly exit: Exit }
  /** The proxy has answered the request to stop, or `problem` is why that failed. */
  | { readonly kind: "asked"; readonly problem?: string }
  /** Something threw that never should. */
  | { readonly kind: "fail"; readonly bug: string };

/** What the machine begins. */
export type JobCommand =
  | ProcessCommand
  /** Ends the wait for the proxy. */
  | { readonly kind: "stop-waiting" }
  /** Asks the proxy to stop. */
  | { readonly kind: "quit" }
  | Say;

/** What of it is about processes. */
export type ProcessCommand =
  | { readonly kind: "run" }
  | { readonly kind: "pass"; readonly signal: JobSignal; readonly to: "job" | "group" }
  /** Stops this process until it is continued, alone or with its whole group. */
  | { readonly kind: "pause"; readonly signal: StoppingSignal; readonly to: "run" | "group" }
  /** Puts the job into the foreground of the terminal, unless a shell has put another there. */
  | { readonly kind: "give-terminal" }
  /** Puts this process into the foreground of the terminal, if the job was there. */
  | { readonly kind: "take-terminal" };

export type JobStepped = Step<JobState, JobCommand>;
