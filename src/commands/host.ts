import type { LogOptions } from "../cli/log-options.ts";
import type { Parsed } from "../go/parsed.ts";
import type { Environment } from "../inputs/environment.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { Launch } from "../launch/launch.ts";
import type { Answers, Question } from "../launch/questions.ts";
import type { StatusEvents, StatusLog, StatusServer } from "../status/ports.ts";
import type { StatusPlan } from "../status/status-plan.ts";
import type { Command, Event } from "../supervisor/step.ts";
import type { Build } from "./version.ts";

/** The machine, as the commands see it; `src/host` implements it. */
export interface Host {
  readonly build: Build;
  readonly readEnvironment: () => Environment;
  readonly readInputs: (environment: Environment, meshConfigPath: string) => Inputs;
  readonly answerQuestions: (questions: readonly Question[], inputs: Inputs) => Promise<Answers>;
  /** Writes to standard output. */
  readonly print: (text: string | Uint8Array) => void;
  /** Asks a URL, redirects followed; `value` is the final answer, `error` why there is none. */
  readonly ask: (question: {
    readonly method: string;
    readonly url: string;
    readonly body: string;
    readonly timeoutMilliseconds: number;
  }) => Promise<Parsed<{ readonly status: number; readonly body: Uint8Array }>>;
  /** Milliseconds since some moment, and waiting for some. */
  readonly clock: { readonly now: () => number; readonly sleep: (milliseconds: number) => Promise<void> };
  /** Runs a command to its end, with our streams. */
  readonly runCommand: (words: readonly string[]) => Promise<{ readonly status: number; readonly problem?: string }>;
  readonly openLog: (
    options: LogOptions,
    fallback: "stdout" | "stderr",
  ) => (level: "debug" | "info" | "warn" | "error", text: string) => void;
  readonly writeFiles: (launch: Launch) => void;
  readonly removeFiles: (paths: readonly string[]) => void;
  /** Opens the status port; loaded when Envoy runs. */
  readonly startStatus: (launch: Launch, plan: StatusPlan, events: StatusEvents, log: StatusLog) => Promise<StatusServer>;
  /** Begins to listen for signals. */
  readonly openEnvoy: () => Envoy;
}

/** The process being looked after, and what happens around it. */
export interface Envoy {
  readonly events: AsyncIterable<Event>;
  /** Starts the process. Returns why it cannot be started, with the agent's status for that. */
  readonly launch: (launch: Launch) => { readonly problem: string; readonly status: number } | undefined;
  /** Whether a stop was asked for before anything ran. */
  readonly isAskedToStop: () => boolean;
  /** Asks for a stop, as a signal does. */
  readonly askToStop: () => void;
  /** Begins what the supervisor commands; ends come back as events. */
  readonly start: (command: Command) => void;
}
