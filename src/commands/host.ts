import type { LogOptions } from "../cli/log-options.ts";
import type { Log } from "../common/notice.ts";
import type { Parsed } from "../go/parsed.ts";
import type { Environment } from "../inputs/environment.ts";
import type { FileRead, Inputs } from "../inputs/inputs.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import type { EpochPlan, Plan } from "../launch/plan.ts";
import type { KeySource } from "../mesh/key-maker.ts";
import type { CaPlan, SocketPaths } from "../mesh/mesh-plan.ts";
import type { RunningProcess } from "../pod/running-process.ts";
import type { JobEvent, JobRules, ProcessCommand } from "../supervisor/job-state.ts";
import type { Signal } from "../supervisor/stage.ts";
import type { Command, Event, State } from "../supervisor/state.ts";
import type { Build } from "./build.ts";
import type { TrafficHost } from "./iptables/traffic-host.ts";
import type { MeshSockets, StartFailure } from "./service.ts";

/** The machine, as the commands see it; `src/host` implements it. */
export interface Host {
  readonly build: Build;
  readonly readEnvironment: () => Environment;
  readonly readInputs: (environment: Environment, meshConfigPath: string) => Inputs;
  readonly readFile: (path: string) => FileRead;
  /** Reads a file that a person names: also a pipe, to its end; `-` is standard input. */
  readonly readNamed: (path: string) => FileRead;
  /** Reads a process of this machine; the error is why that is not possible. */
  readonly readProcess: (pid: number) => Parsed<RunningProcess>;
  /** Returns the agent of a proxy that listens on a Unix socket. */
  readonly socketAgent: (path: string) => number | undefined;
  readonly answerQuestions: (questions: readonly Question[], inputs: Inputs) => Promise<Answers>;
  /** Writes to standard output. @throws OutputError */
  readonly print: (text: string | Uint8Array) => void;
  /** Requests a URL and follows redirects; `value` is the final response, `error` the reason for none. */
  readonly httpRequest: (request: {
    readonly method: string;
    readonly url: string;
    readonly body: string;
    readonly timeoutMilliseconds: number;
  }) => Promise<Parsed<{ readonly status: number; readonly body: Uint8Array }>>;
  /** A monotonic clock, in milliseconds. */
  readonly clock: { readonly now: () => number; readonly sleep: (milliseconds: number) => Promise<void> };
  /**
   * As PID 1, for which the kernel drops unhandled signals, resolves with the exit status when a signal requests a stop. Otherwise never
   * resolves, as the signal itself ends the process.
   */
  readonly untilStopped: () => Promise<number>;
  /** Opens a job that uses our streams, and listens for signals. @throws ConfigError if jobs cannot be run here */
  readonly openJob: (command: readonly string[]) => Promise<Job>;
  /** Returns a writer for a standard stream that is a terminal; undefined for any other target of the log. */
  readonly terminal: (target: string) => ((text: string) => void) | undefined;
  readonly openLog: (options: LogOptions, fallback: "stdout" | "stderr") => Log;
  readonly writeFiles: (epoch: EpochPlan, warn: (text: string) => void) => void;
  /** Writes a file that a person names, whole or not at all. Returns why that failed, if it did. */
  readonly writeDocument: (path: string, text: string) => Promise<string | undefined>;
  readonly removeFiles: (paths: readonly string[]) => void;
  /** Listens for signals. */
  readonly openEnvoys: () => Envoys;
  /** Writes the reason of a failure to the file that the kubelet reads. Returns why that failed, if it did. */
  readonly leaveMessage: (path: string, text: string) => Promise<string | undefined>;
  /** Returns how many workers an Envoy without `--concurrency` runs. */
  readonly countWorkers: (environment: Environment) => Promise<number>;
  /** Replaces this process with Envoy; returns only if that fails. */
  readonly execEnvoy: (epoch: EpochPlan) => Promise<StartFailure>;
  /** Listens on the sockets that Envoy connects to. A warning is for a socket whose service tries again. */
  readonly openMeshSockets: (
    paths: SocketPaths,
    warn: (text: string) => void,
  ) => { readonly sockets: MeshSockets; readonly failure?: StartFailure };
  /** Begins to make the first key of a member of a mesh. */
  readonly beginKey: (ca: CaPlan, log: Log) => KeySource;
  /** Opens what redirects the traffic of a pod. */
  readonly openTraffic: () => Promise<TrafficHost>;
  /** Opens what lets Envoy validate configurations, and listens for signals until it is closed. */
  readonly openEnvoyCheck: () => Promise<EnvoyCheck>;
  /** Opens what supervises a running Envoy; loaded after the start. */
  readonly openEffects: (context: SupervisionContext) => Promise<SupervisorEffects>;
}

/** Envoy with `--mode validate`. */
export interface EnvoyCheck {
  /** Resolves with the exit status if a signal ends the check. */
  readonly stopped: Promise<number>;
  readonly validate: (request: EnvoyRequest) => Promise<EnvoyAnswer>;
  /** Removes what was written. */
  readonly close: () => void;
}

/** What Envoy validates: an epoch, with a private copy of a text instead of the file that its `-c` names. */
export interface EnvoyRequest {
  readonly epoch: EpochPlan;
  readonly bootstrap?: { readonly text: string; readonly suffix: string };
}

/** Whether it accepts the configuration, and what it printed; `why`: there is no answer. */
export type EnvoyAnswer = { readonly ok: boolean; readonly output: string } | { readonly why: string };

/** A job, and the events around it. */
export interface Job {
  readonly events: AsyncIterable<JobEvent>;
  readonly push: (event: JobEvent) => void;
  readonly isInteractive: JobRules["isInteractive"];
  /** Executes a command; the end of the job, or why it cannot be started, comes as an event. */
  readonly start: (command: ProcessCommand) => void;
}

/** The supervised processes, and the events around them. */
export interface Envoys {
  readonly events: AsyncIterable<Event>;
  readonly push: (event: Event) => void;
  /** Starts the process of an epoch; its end comes as an event. Returns why it cannot be started, and the agent's exit status then. */
  readonly start: (epoch: EpochPlan) => StartFailure | undefined;
  readonly signal: (epoch: number, signal: Signal) => void;
  readonly pid: (epoch: number) => number | undefined;
  /** Whether a signal has requested a stop. */
  readonly isStopRequested: () => boolean;
  /** Stops the agent as Ctrl-Z does, until it is continued. */
  readonly suspend: () => void;
}

/** What supervision starts from. */
export interface SupervisionContext {
  readonly envoys: Envoys;
  readonly plan: Plan;
  /** The epoch that runs. */
  readonly epoch: EpochPlan;
  /** The sockets that Envoy connects to. */
  readonly sockets: MeshSockets;
  /** What makes the keys of a member of a mesh, if the first one was begun. */
  readonly newKey?: KeySource | undefined;
  /** Reads all settings again. @throws UsageError, ConfigError */
  readonly replan: () => Promise<Plan>;
  readonly environment: Environment;
  readonly log: Log;
  readonly strict: boolean;
}

/** Performs the supervisor's commands. */
export interface SupervisorEffects {
  readonly start: (command: Command) => void;
  readonly seen: (state: State) => void;
  /** Reports an unexpected exception. Never throws. */
  readonly bug: (error: unknown) => void;
  /** Resolves when all pending effects have ended; bounded in time. */
  readonly end: (status: number) => Promise<void>;
}
