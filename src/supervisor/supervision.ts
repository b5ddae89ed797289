/** How the drain before a stop goes; every time in milliseconds. */
export interface DrainRule {
  /** What is posted to Envoy's admin when a stop begins (contract 1.6 §10.7, 1.30 §9.3). */
  readonly path: string;
  /** What is posted when a drain is asked for while the application still runs (contract 1.30 §9.5). */
  readonly earlyPath: string;
  /** `time`: the hold is the whole wait; `connections`: after the hold Envoy's connections are counted until none is left. */
  readonly until: "time" | "connections";
  readonly hold: number;
  /** Nothing is to be lost: no statistics at all are no proof that no connection is left, and the wait has an end of its own. */
  readonly lossless: boolean;
  /** What is asked for the connections that are left. */
  readonly countPath: string;
  /** Time between two counts. */
  readonly interval: number;
  /** Listeners on these ports are Envoy's own and do not count. */
  readonly ownPorts: readonly number[];
}

export type RestartPolicy = "never" | "on-failure" | "always";

/** What tells that a new epoch is due. */
export type Trigger = "SIGHUP" | "certificates" | "configuration";

/** How one agent looks after its Envoy: the contract's rules and what the switches change. Times in milliseconds. */
export interface Supervision {
  readonly drain: DrainRule;
  /** A stop asked for by /quitquitquit drains, as every other does. */
  readonly quitDrains: boolean;
  readonly preDrainDelay: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeout: number;
  /** The pod's terminationGracePeriodSeconds, and whether it is known or only assumed. */
  readonly gracePeriod: { readonly milliseconds: number; readonly isKnown: boolean };
  /** Which setting each port of Envoy's own listeners comes from, its admin's included, where one does. */
  readonly portSettings: readonly (readonly [port: number, setting: string])[];
  readonly hotRestart: boolean;
  /** Envoy's --base-id; 0 where none is passed. */
  readonly baseId: number;
  /** From the moment a new epoch is live to the end of the old one, as Envoy was told. */
  readonly parentShutdown: number;
  /** Files whose change makes a new epoch, and the time from the first change to the look at them. */
  readonly watch: { readonly certificates: readonly string[]; readonly configuration: readonly string[]; readonly debounce: number };
  readonly restart: RestartPolicy;
  readonly terminationMessagePath: string;
}
