import type { Notice } from "../common/notice.ts";
import type { AdminAddress } from "../envoy/admin-address.ts";
import type { EnvoyOption } from "../envoy/options.ts";
import type { UserConfiguration } from "../envoy/user-configuration.ts";
import type { Node } from "../node/node.ts";
import type { ReadinessRules, StatusPlan } from "../status/status-plan.ts";
import type { Supervision } from "../supervisor/supervision.ts";

/** All that follows from the settings, by how long it holds: for the agent's whole life, or for one epoch of Envoy. */
export interface Plan {
  readonly agent: AgentPlan;
  /** What an epoch with this number is started with; pure, and the same for the same number. */
  readonly epoch: (number: number) => EpochPlan;
}

/** What a start goes by: the agent's part, and that of its first epoch. */
export interface Planned {
  readonly agent: AgentPlan;
  readonly epoch: EpochPlan;
}

/** What is decided once, when the agent starts, whatever epochs follow. */
export interface AgentPlan {
  readonly profile: string;
  readonly role: string;
  /** No Envoy is started: the agent serves the application alone (contract 1.30 §9.1 step 8). */
  readonly withoutEnvoy?: true;
  /** Who this proxy is, for the log. */
  readonly node: Pick<Node, "id" | "cluster" | "addresses">;
  /** Where Envoy's admin interface is. */
  readonly admin: AdminAddress;
  readonly supervision: Supervision;
  readonly services: ServicesPlan;
  readonly notices: readonly Notice[];
}

/** What runs beside Envoy. */
export interface ServicesPlan {
  /** What makes the proxy ready, the status server off or not. */
  readonly readiness: ReadinessRules;
  /** What the status server does; absent where it is off. */
  readonly status?: StatusPlan;
  /** The directory that Envoy reads listeners and clusters from, where it does. */
  readonly xdsDirectory?: string;
}

/** What one epoch of Envoy is started with. */
export interface EpochPlan {
  readonly epoch: number;
  /** The executable; looked up in PATH when it has no slash. */
  readonly binary: string;
  /** What names the executable, for messages. */
  readonly binaryOrigin: string;
  /** Envoy's command line; a value may look like an option, so both stay together until the process is started. */
  readonly options: readonly EnvoyOption[];
  /** What Envoy reads; generated when `bootstrap` is there. */
  readonly configFile: string;
  /** What of the configuration is not attache's, for messages. */
  readonly ownConfiguration: readonly UserConfiguration[];
  /** The generated document. */
  readonly bootstrap?: string;
  /** Made with mode 0700 where they are missing. */
  readonly directory?: string;
  /** Written whole or not at all, in order. */
  readonly files: readonly PlannedFile[];
  /** Sockets that nothing answers on, removed before the start. */
  readonly removals: readonly string[];
  /** Removed when Envoy has ended. */
  readonly temporary: readonly string[];
  /** Changes to the inherited environment. */
  readonly environment: { readonly set: Readonly<Record<string, string>>; readonly unset: readonly string[] };
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly notices: readonly Notice[];
}

/** A file to write before Envoy starts. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  /** Before the umask takes its part. */
  readonly mode: number;
}
