/** How to drain before a stop; all times in milliseconds. */
export interface DrainRule {
  /** The path posted to Envoy's admin interface when a stop begins (contract 1.6 §10.7, 1.30 §9.3). */
  readonly path: string;
  /** The path posted for a drain on request while the application runs (contract 1.30 §9.5). */
  readonly earlyPath: string;
  /** `time`: the drain lasts `hold`; `connections`: after `hold`, connections are counted until none is left. */
  readonly until: "time" | "connections";
  readonly hold: number;
  /** No connection may be lost: missing statistics do not count as zero, and the wait has its own limit. */
  readonly lossless: boolean;
  /** The path that returns the remaining connections. */
  readonly countPath: string;
  /** Time between two counts. */
  readonly interval: number;
  /** Ports of Envoy's own listeners, which are not counted. */
  readonly ownPorts: readonly number[];
  /** Whether connections of Envoy's internal listeners are counted. */
  readonly countsInternal: boolean;
}

export type RestartPolicy = "never" | "on-failure" | "always";

/** What requests a new epoch. */
export type Trigger = "SIGHUP" | "certificates" | "configuration";

/** How an agent supervises Envoy: the contract's rules with the changes by switches. Times in milliseconds. */
export interface Supervision {
  readonly drain: DrainRule;
  /** Whether a stop by /quitquitquit drains, as any other does. */
  readonly quitDrains: boolean;
  readonly preDrainDelay: number;
  /** Time from SIGTERM to SIGKILL. */
  readonly stopTimeout: number;
  /** The pod's terminationGracePeriodSeconds, and whether it is known or assumed. */
  readonly gracePeriod: { readonly milliseconds: number; readonly isKnown: boolean };
  /** The setting of each port of Envoy's own listeners and admin interface, if it has one. */
  readonly portSettings: readonly (readonly [port: number, setting: string])[];
  readonly hotRestart: boolean;
  /** Envoy's --base-id; 0 if it is not passed. */
  readonly baseId: number;
  /** Time from a new epoch being live to the end of the old one, as passed to Envoy. */
  readonly parentShutdown: number;
  /** Files whose change requests a new epoch, and the delay from the first change until they are read. */
  readonly watch: { readonly certificates: readonly string[]; readonly configuration: readonly string[]; readonly debounce: number };
  readonly restart: RestartPolicy;
  readonly terminationMessagePath: string;
}
