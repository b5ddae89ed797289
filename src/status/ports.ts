/** What the status server tells the supervisor. */
export interface StatusEvents {
  /** `/quitquitquit` was called; the answer is on its way when this is called. */
  readonly quit: () => void;
  /** `/drain` was called: asks Envoy to drain and go on. Resolves when Envoy was asked; never rejects. */
  readonly drain: () => Promise<void>;
}

/** A check of readiness that logs what has changed. */
export interface Readiness {
  /** Seconds from the agent's start to the first time the proxy was ready; undefined before. */
  readonly startup: () => number | undefined;
  /** Checks whether the proxy is ready; `isQuiet`: what is missing is not logged. */
  readonly check: (isQuiet?: boolean) => Promise<boolean>;
}

/** The running server. */
export interface StatusServer {
  /** Stops listening and cuts what is open. */
  readonly stop: () => void;
}

/** What the supervisor knows that the agent's own metrics show; a snapshot. */
export interface AgentMetrics {
  /** State of the current epoch: launching, initializing, live, draining, stopping or gone. */
  readonly state: string;
  readonly epoch: number;
  /** A new epoch is not live yet beside the current one, which serves but has lost its admin interface to it. */
  readonly isTakenOver: boolean;
  readonly restarts: number;
  /** Seconds since a drain began while the agent went on; absent before. */
  readonly drainSeconds?: number;
  /** How often hot restarts ended in which way. */
  readonly hotRestarts: Readonly<Record<string, number>>;
}
