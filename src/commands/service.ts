import type { Log } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import type { AgentPlan } from "../launch/plan.ts";
import type { WhenRoom } from "../linux/cgroup.ts";
import type { MeshCounts } from "../mesh/counts.ts";
import type { KeySource } from "../mesh/key-maker.ts";
import type { TrustBundle } from "../mesh/trust-bundle.ts";
import type { AgentMetrics, Readiness } from "../status/ports.ts";
import type { Command, Event, State } from "../supervisor/state.ts";

/** A service beside Envoy. During a hot restart, the Envoys of two epochs use it at once. */
export interface Service {
  /** Called with every state of the supervisor. */
  readonly seen?: (state: State) => void;
  /** Called with the notifications for a service manager. */
  readonly notify?: (state: Extract<Command, { kind: "notify" }>["state"]) => void;
  /** Whether it waits for Envoy to become live, which is then checked often. */
  readonly awaitsLive?: true;
  /** Returns why the proxy is not ready because of this service, if so. */
  readonly notReady?: () => string | undefined;
  /** Returns why Envoy may not be ready; only added to what Envoy lacks, because a ready Envoy is ready without it. */
  readonly likelyCause?: () => string | undefined;
  /** Whether it has received the table of DNS names. */
  readonly hasNameTable?: () => boolean;
  /** Requests its end. Called once. */
  readonly interrupt: () => void;
  /** Settles when it has ended: after an interrupt, or by itself, which stops the agent. */
  readonly ended: Promise<void>;
}

/** The agent that services belong to. */
export interface AgentContext {
  readonly agent: AgentPlan;
  readonly environment: Environment;
  readonly log: Log;
  readonly push: (event: Event) => void;
  readonly strict: boolean;
}

/** The context of a service. */
export interface ServiceContext extends AgentContext {
  readonly readiness: Readiness;
  readonly metrics: () => AgentMetrics;
  /** Makes Envoy drain without a stop; resolves when Envoy has answered. */
  readonly drain: () => Promise<void>;
  readonly whenRoom: WhenRoom;
  /** The limit of memory for the agent and Envoy together, in bytes; absent if there is none. */
  readonly memoryLimit?: number | undefined;
  /** The sockets of the mesh; empty without one. */
  readonly sockets: MeshSockets;
  /** What the services of a mesh count, for the metrics. */
  readonly counts: MeshCounts;
  /** What makes the keys of a member of a mesh, if the first one was begun before. */
  readonly newKey?: KeySource | undefined;
  /** Passes the control plane's trust bundle from the xDS proxy to the certificates. */
  readonly bundle: TrustBundle;
}

/** A Unix socket that listens. */
export interface ListeningSocket {
  readonly path: string;
  readonly descriptor: number;
  /** What was at the path then: another agent may take it. */
  readonly inode: bigint;
}

/** The sockets that Envoy connects to, listened on before it is started; one is absent if that failed. */
export interface MeshSockets {
  readonly sds?: ListeningSocket;
  readonly xds?: ListeningSocket;
}

/** A row of the list of services. */
export interface ServiceRow {
  /** Its name in messages, after "the". */
  readonly name: string;
  /** What happens if it cannot be opened: the agent stops, stops only with --strict, or continues with a warning. */
  readonly onFailure: "fatal" | "strict" | "warning";
  /** When it is interrupted: when a stop begins, or when no Envoy is left. */
  readonly lasts: "until-stop" | "until-end";
  /** The time limit for its end, in milliseconds. */
  readonly limit: number;
  readonly wanted: (context: AgentContext) => boolean;
  /** Opens it. @throws ConfigError if it cannot be opened */
  readonly open: (context: ServiceContext) => Promise<Service>;
}

/** The services of an agent. When one ends, Envoy is stopped, and all are interrupted and awaited. */
export interface ServiceGroup extends Required<Pick<Service, "seen" | "notify">> {
  /** Opens the wanted services. */
  readonly open: (context: ServiceContext) => Promise<void>;
  readonly awaitsLive: () => boolean;
  /** Returns why the proxy is not ready, by service. */
  readonly reasons: () => readonly string[];
  /** Returns why Envoy may not be ready, by service. */
  readonly likelyCauses: () => readonly string[];
  /** Returns the names of the services that could not be opened. */
  readonly unopened: () => readonly string[];
  readonly hasNameTable: () => boolean;
  /** Interrupts the services that last until a stop. */
  readonly stop: () => void;
  /** Interrupts all services, and resolves when each has ended or reached its time limit. */
  readonly end: () => Promise<void>;
}

/** Why Envoy cannot be started, and the agent's exit status. */
export interface StartFailure {
  readonly problem: string;
  readonly status: number;
}

/** Returns a service that ends as soon as it is interrupted. */
export function untilInterrupted(stop: () => void, more: Omit<Service, "interrupt" | "ended"> = {}): Service {
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
