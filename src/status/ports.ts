import type { MeshCounts } from "../mesh/counts.ts";

/** Events from the status server to the supervisor. */
export interface StatusEvents {
  /** `/quitquitquit` was called and its response is being sent. */
  readonly quit: () => void;
  /** `/drain` was called: makes Envoy drain without a stop. Resolves when Envoy has answered; never rejects. */
  readonly drain: () => Promise<void>;
}

/** A check of readiness that logs what has changed. */
export interface Readiness {
  /** Seconds from the agent's start to the first time the proxy was ready; undefined before. */
  readonly startup: () => number | undefined;
  /** Whether a check that was not quiet was made. */
  readonly wasAsked: () => boolean;
  /** Checks whether the proxy is ready; `isQuiet`: what is missing is not logged. */
  readonly check: (isQuiet?: boolean) => Promise<boolean>;
}

/** The running server. */
export interface StatusServer {
  /** Stops listening and closes open connections. */
  readonly stop: () => void;
}

/** A snapshot of the supervisor's state for the agent's metrics. */
export interface AgentMetrics {
  /** The state of the current epoch, by the names of `epochState`. */
  readonly state: string;
  readonly epoch: number;
  readonly restarts: number;
  /** Seconds since a drain was requested while the application runs; absent before. */
  readonly drainSeconds?: number;
  /** The number of hot restarts by result. */
  readonly hotRestarts: Readonly<Record<string, number>>;
  /** What the services of a mesh have counted; absent without one. */
  readonly mesh?: MeshCounts;
}
