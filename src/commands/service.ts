import type { Log } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import type { AgentPlan } from "../launch/plan.ts";
import type { AgentMetrics, Readiness } from "../status/ports.ts";
import type { Command, Event, State } from "../supervisor/state.ts";

/** Something that runs beside Envoy. It sees epochs, not processes: during a hot restart two Envoys use it at once. */
export interface Service {
  /** Hears every state of the supervisor. */
  readonly seen?: (state: State) => void;
  /** Hears what a service manager is to know. */
  readonly notify?: (state: Extract<Command, { kind: "notify" }>["state"]) => void;
  /** Whether something waits to hear that Envoy is live, which is then asked often. */
  readonly awaitsLive?: true;
  /** Why the proxy is not ready, as far as this service knows; undefined where nothing of it is missing. */
  readonly notReady?: () => string | undefined;
  /** Asks it to end. Called once. */
  readonly interrupt: () => void;
  /** Settles when it has ended: after an interrupt, or by itself, which ends the agent. */
  readonly ended: Promise<void>;
}

/** What a service can use that is opened before Envoy's start. */
export interface EarlyContext {
  readonly agent: AgentPlan;
  readonly environment: Environment;
  readonly log: Log;
  readonly push: (event: Event) => void;
  readonly strict: boolean;
}

/** What a service that is opened after Envoy's start can use besides. */
export interface ServiceContext extends EarlyContext {
  readonly readiness: Readiness;
  readonly metrics: () => AgentMetrics;
  /** Has Envoy drain and go on; resolves when it was asked. */
  readonly drain: () => Promise<void>;
}

interface Row {
  /** What messages call it, after "the". */
  readonly name: string;
  /** What it means when it cannot be opened: the agent stops, stops with --strict alone, or goes on with a warning. */
  readonly onFailure: "fatal" | "strict" | "warning";
  /** Whether it is interrupted when a stop begins, or when no Envoy is left. */
  readonly lasts: "until-stop" | "until-end";
  /** How long its end is awaited, in milliseconds. */
  readonly limit: number;
  readonly wanted: (context: EarlyContext) => boolean;
}

/** A row of the list of services. Those that Envoy connects to listen before it is started; theirs is the start path, if they are wanted. */
export type ServiceRow =
  | (Row & { readonly opens: "before-envoy"; readonly open: (context: EarlyContext) => Promise<Service> })
  | (Row & { readonly opens: "after-envoy"; readonly open: (context: ServiceContext) => Promise<Service> });

/** The services of an agent. When one ends, Envoy is stopped, all are interrupted, and the end of all is awaited. */
export interface ServiceGroup extends Required<Pick<Service, "seen" | "notify">> {
  /** Opens those that are wanted and come before Envoy. Returns why Envoy must not be started, if one of them is fatal. */
  readonly openBefore: (context: EarlyContext) => Promise<StartFailure | undefined>;
  /** Opens the others that are wanted. */
  readonly openAfter: (context: ServiceContext) => Promise<void>;
  readonly awaitsLive: () => boolean;
  /** Why the proxy is not ready, by service. */
  readonly reasons: () => readonly string[];
  /** Interrupts those that last until a stop. */
  readonly stop: () => void;
  /** Interrupts all, and resolves when each has ended or had its time for that. */
  readonly end: () => Promise<void>;
}

/** Why nothing can be started, in one message, and the agent's exit status for that. */
export interface StartFailure {
  readonly problem: string;
  readonly status: number;
}

/** The services that were opened before Envoy, and why it must not be started, if that is so. */
export interface EarlyServices {
  readonly group: ServiceGroup;
  readonly failure?: StartFailure;
}

/** Returns a service that ends at once when it is interrupted. */
export function untilInterrupted(stop: () => void, more: Pick<Service, "seen" | "notify" | "awaitsLive" | "notReady"> = {}): Service {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    ...more,
    ended: promise,
    interrupt() {
      stop();
      resolve();
    },
  };
}
