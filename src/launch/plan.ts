import type { Notice } from "../common/notice.ts";
import type { AdminAddress } from "../envoy/admin-address.ts";
import type { EnvoyOption } from "../envoy/options.ts";
import type { UserConfiguration } from "../envoy/user-configuration.ts";
import type { MeshPlan, SocketPaths } from "../mesh/mesh-plan.ts";
import type { Node } from "../node/node.ts";
import type { ReadinessRules, StatusPlan } from "../status/status-plan.ts";
import type { Supervision } from "../supervisor/supervision.ts";

/** Everything that the settings determine, for the agent's whole life or for one epoch of Envoy. */
export interface Plan {
  readonly agent: AgentPlan;
  /** Returns the plan of an epoch; pure. */
  readonly epoch: (number: number) => EpochPlan;
}

/** The plan of a start: the agent's part and that of the first epoch. */
export interface Planned {
  readonly agent: AgentPlan;
  readonly epoch: EpochPlan;
}

/** The part that is decided once, when the agent starts. */
export interface AgentPlan {
  readonly profile: string;
  readonly role: string;
  /** No Envoy is started; the agent only serves the application (contract 1.30 §9.1 step 8). */
  readonly withoutEnvoy?: true;
  /** The identity of this proxy, for the log. */
  readonly node: Pick<Node, "id" | "cluster" | "addresses">;
  /** The address of Envoy's admin interface. */
  readonly admin: AdminAddress;
  readonly supervision: Supervision;
  readonly services: ServicesPlan;
  readonly notices: readonly Notice[];
  /** Returns warnings that are reported when Envoy runs, as no start waits for them. */
  readonly advice?: () => readonly Notice[];
}

/** The settings of the services beside Envoy. */
export interface ServicesPlan {
  /** When the proxy is ready; set even without a status server. */
  readonly readiness: ReadinessRules;
  /** The status server; absent if it is off. */
  readonly status?: StatusPlan;
  /** The sockets to listen on before Envoy is started. */
  readonly sockets: SocketPaths;
  /** What the agent does as a member of a mesh; undefined if nothing needs the agent for it. Made when it is first read. */
  readonly mesh?: MeshPlan | undefined;
  /** The bootstrap of gRPC applications; undefined if none is written. Made when it is first read. */
  readonly grpcBootstrap?: PlannedFile | undefined;
  /** The directory from which Envoy reads listeners and clusters; absent if it does not. */
  readonly xdsDirectory?: string;
}

/** The start of one epoch of Envoy. */
export interface EpochPlan {
  readonly epoch: number;
  /** The executable; searched in PATH if it has no slash. */
  readonly binary: string;
  /** What determines the executable, for messages. */
  readonly binaryOrigin: string;
  /** Envoy's command line; names and values stay apart until the process is started, as a value may look like an option. */
  readonly options: readonly EnvoyOption[];
  /** The file that Envoy reads; generated if `bootstrap` is present. */
  readonly configFile: string;
  /** The parts of the configuration that the user provides, for messages. */
  readonly ownConfiguration: readonly UserConfiguration[];
  /** The generated document. */
  readonly bootstrap?: string;
  /** Created with a mode if it does not exist: others of the group may get to the socket for xDS (contract 1.30 §3). */
  readonly directory?: string;
  readonly directoryMode: number;
  /** Files to write, in order, each completely or not at all. */
  readonly files: readonly PlannedFile[];
  /** Sockets without a listener, removed before the start. */
  readonly removals: readonly string[];
  /** Files to remove after Envoy exits. */
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
  /** The mode, to which the umask applies. */
  readonly mode: number;
}
