import type { Exit } from "../linux/exit.ts";
import type { JobSignal, StoppingSignal } from "./job-signals.ts";
import type { LogCommand, Step } from "./machine.ts";

/** Which results of a job stop the proxy. */
export const QUITS = ["always", "on-success", "never"] as const;

export interface JobRules {
  readonly quit: (typeof QUITS)[number];
  /** Whether the job is a shell's only foreground program, which then gets the terminal when it starts. */
  readonly isInteractive: boolean;
}

/** The state of `run`. */
export type JobState =
  /** The proxy is not ready; the job is not running. */
  | { readonly kind: "waiting" }
  /** The job is running or stopped. `usesTerminal`: it had the terminal and gets it again. */
  | { readonly kind: "running"; readonly usesTerminal: boolean }
  /** The job has ended or will not run; the proxy was requested to stop. */
  | { readonly kind: "quitting"; readonly status: number }
  | { readonly kind: "done"; readonly status: number };

/** The terminal's foreground process group: the job's, that of `run`, or another; `none` without a terminal. */
export type Foreground = "job" | "run" | "other" | "none";

/** An event; the end of every command is one. */
export type JobEvent =
  | { readonly kind: "ready" }
  /** The proxy was not ready in time. */
  | { readonly kind: "not-ready" }
  | {
      readonly kind: "signal";
      readonly signal: JobSignal;
      /** Whether the terminal may have sent it, to its whole process group. */
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
  /** The proxy answered the stop request; `problem` if the request failed. */
  | { readonly kind: "quit-answered"; readonly problem?: string }
  /** An unexpected exception. */
  | { readonly kind: "fail"; readonly bug: string };

/** A command to execute. */
export type JobCommand =
  | ProcessCommand
  /** Ends the wait for the proxy. */
  | { readonly kind: "stop-waiting" }
  /** Requests the proxy to stop. */
  | { readonly kind: "quit" }
  | LogCommand;

/** The commands that concern processes. */
export type ProcessCommand =
  | { readonly kind: "run" }
  | { readonly kind: "pass"; readonly signal: JobSignal; readonly to: "job" | "group" }
  /** Stops this process, alone or with its group, until it is continued. */
  | { readonly kind: "pause"; readonly signal: StoppingSignal; readonly to: "run" | "group" }
  /** Makes the job the terminal's foreground process group, unless a shell has set another. */
  | { readonly kind: "give-terminal" }
  /** Makes this process the terminal's foreground process group if the job was. */
  | { readonly kind: "take-terminal" };

export type JobStepped = Step<JobState, JobCommand>;
