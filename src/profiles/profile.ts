import type { FlagTable, FlagValues } from "../cli/flag.ts";
import type { LogLevelRule } from "../cli/log-options.ts";
import type { Switches } from "../cli/switches.ts";
import type { Notice } from "../common/notice.ts";
import type { AdminAddress } from "../envoy/admin-address.ts";
import type { EnvoyOption } from "../envoy/options.ts";
import type { JsonObject } from "../go/json-value.ts";
import type { Values, VariableTable } from "../inputs/environment.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import type { TrafficContract } from "../iptables/traffic-contract.ts";
import type { MeshPlan, SocketPaths } from "../mesh/mesh-plan.ts";
import type { Node } from "../node/node.ts";
import type { AnnotationName } from "../settings/annotations.ts";
import type { Problem } from "../settings/checks.ts";
import type { Layer, Layered } from "../settings/layer.ts";
import type { MessageOf, PathOf } from "../settings/message-of.ts";
import type { AdminQuestion, ReadinessRules, StatusPlan } from "../status/status-plan.ts";
import type { DrainRule, Supervision } from "../supervisor/supervision.ts";
import type { Settings } from "./settings.ts";
import type { CommonTables, Tables } from "./tables.ts";

/** What the stages after the questions work on. */
export type Start<Of extends Tables = CommonTables> = StartOf<Settings<Of>, MessageOf<Of["proxyConfig"]>>;

/** The same by the types of its members, so that the start of one release is assignable to that of any release. */
interface StartOf<SettingsType, Config> {
  readonly settings: SettingsType;
  readonly config: Config;
  readonly answers: Answers;
  /** Whether a bootstrap is rendered: false with a custom config file. */
  readonly generates: boolean;
}

/** How a release builds and validates its ProxyConfig (contract 1.6 §5, 1.30 §5). */
export interface ProxyConfigRules<Of extends Tables = CommonTables, Config = MessageOf<Of["proxyConfig"]>> {
  readonly schema: Of["proxyConfig"];
  readonly defaults: Config;
  /** The pod annotations that are the uppermost layers, lowest first. */
  readonly annotations: readonly AnnotationName[];
  /** Whether the bootstrap contains the status port. */
  readonly showsStatusPort: boolean;
  /** Returns the message into which the next layer is decoded. */
  readonly carry: (below: Config) => Config;
  /** Merges a decoded layer with the one below, beyond replacing fields. */
  readonly merge: (below: Config, decoded: Config) => Config;
  /** Merges the mesh config file into the defaults; the fields are those of its `defaultConfig`. */
  readonly applyMeshFile: (defaults: Config, layer: Layer) => Layered<Config>;
  /** Applies flags that take precedence over the layers or fill gaps. */
  readonly applyFlags: (config: Config, context: FlagContext<Of>) => Config;
  /** Returns why a statsd port switches statsd off, if it does. */
  readonly statsdPortProblem: (port: string) => string | undefined;
  readonly problems: (config: Config) => readonly Problem<PathOf<Config>>[];
}

export interface FlagContext<Of extends Tables = CommonTables> {
  readonly flags: FlagValues<Of["flags"]>;
  readonly variables: Values<Of["variables"]>;
  /** Records what sets a field. */
  readonly note: (field: keyof Of["proxyConfig"]["fields"] & string, origin: string) => void;
}

/** A rendered bootstrap with the files that belong to it. */
export interface Bootstrap {
  readonly text: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly notices: readonly Notice[];
}

/** The parameters of a stock template, and what belongs to the result. */
export interface Parameterized<Parameters extends object> {
  readonly parameters: Parameters;
  /** The address of Envoy's admin interface in the stock template. */
  readonly admin: AdminAddress;
  readonly files: Bootstrap["files"];
  readonly notices: readonly Notice[];
}

/** What the start of the Envoy process needs. */
export interface ProcessPlan {
  /** Returns Envoy's options for an epoch. */
  readonly options: (epoch: number, configFile: string) => readonly EnvoyOption[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** The override that Envoy merges into its configuration; the document is undefined if only Envoy can parse it. */
  readonly override?: { readonly document: unknown };
  /** No Envoy is started. */
  readonly withoutEnvoy?: true;
  readonly notices: readonly Notice[];
}

/** How a release stops Envoy and starts further epochs (contract 1.6 §10, 1.30 §9). Times are in milliseconds. */
export interface Lifecycle {
  /** The query of the recorded drain request; may be empty. */
  readonly drainQuery: string;
  /** How long the drain lasts, or the time before connections are counted. */
  readonly hold: number;
  readonly until: DrainRule["until"];
  /** Ports of Envoy's own listeners, whose connections do not count. */
  readonly ownPorts: readonly number[];
  /** Whether those of Envoy's internal listeners do. */
  readonly countsInternal: boolean;
  /** Ports with the variables that set them, for messages. */
  readonly portSettings: Supervision["portSettings"];
  /** Whether Envoy is drained on /quitquitquit. */
  readonly quitDrains: boolean;
  /** Whether a changed certificate starts a new epoch without --hot-restart. */
  readonly hotRestart: boolean;
  /** The time of Envoy's --parent-shutdown-time-s, if the release passes it. */
  readonly parentShutdown?: number;
  /** The time over which an old epoch closes its connections; absent: at once. */
  readonly gradualDrain?: number;
  /** Returns the files whose change starts a new epoch with hot restart. */
  readonly watched: () => readonly string[];
  /** The delay between the first change and reading the files. */
  readonly debounce: number;
}

/** What a release does as a member of a mesh. A start needs only the sockets; the rest is read when Envoy runs. */
interface MeshContract<Of extends Tables> {
  readonly sockets: (start: Start<Of>) => SocketPaths;
  /** Returns undefined if neither Envoy nor an application needs the agent. */
  readonly plan: (start: Start<Of>) => MeshPlan | undefined;
  /** Returns warnings about settings without effect. */
  readonly notices: (start: Start<Of>) => readonly Notice[];
  /** Returns the bootstrap of gRPC applications, if one is written; `typed`: the metadata that upstream has fields for. */
  readonly grpcBootstrap: (start: Start<Of>, node: Node<Of["metadata"]>, typed: JsonObject) => Bootstrap["files"][number] | undefined;
}

/** The contract of one release: everything that may differ between releases. `Parameters` are those of its stock template. */
export interface ProfileOf<Of extends Tables, Parameters extends object> {
  readonly name: string;
  /** The release from which the contract was recorded. */
  readonly release: string;
  /** The name of the release that it equals in all that it does not have otherwise. */
  readonly basedOn?: string;
  /** The prefix of what `version` prints. */
  readonly versionPrefix: string;
  /** Ports that `request` may use; empty: always the admin port (contract 1.30 §11.1). */
  readonly debugPorts: readonly number[];
  /** Whether there is a `wait` command. */
  readonly waits: boolean;
  /** Admin requests for readiness: about updates, then about Envoy's state. */
  readonly adminQuestions: readonly AdminQuestion[];
  readonly rootFlags: FlagTable;
  readonly proxyFlags: FlagTable;
  readonly variables: Of["variables"];
  readonly rules: Of["rules"];
  /** Variables that are known by how they begin. */
  readonly variablePrefixes: VariableTable;
  readonly logLevels: LogLevelRule;
  readonly roles: readonly string[];
  readonly roleError: (role: string) => string;
  readonly proxyConfig: ProxyConfigRules<Of>;
  /** The supported kinds of `--xds`. */
  readonly xdsSources: readonly Switches["xds"]["kind"][];
  /** Returns the name of the epoch file without suffix. */
  readonly epochFile: (epoch: number) => string;
  /** The exit status if the bootstrap cannot be generated. */
  readonly generationStatus: number;
  /** Returns what only the machine can answer. */
  readonly questions: (settings: Settings<Of>) => readonly Question[];
  /** Makes the decisions about security, which can refuse a start. @throws ConfigError */
  readonly decideSecurity: (start: Start<Of>) => {
    readonly config: MessageOf<Of["proxyConfig"]>;
    readonly notices: readonly Notice[];
    readonly removals: readonly string[];
  };
  /** @throws ConfigError for metadata of the wrong type */
  readonly node: (start: Start<Of>) => {
    readonly node: Node<Of["metadata"]>;
    /** Returns the metadata that upstream has fields for, for gRPC applications. */
    readonly typed?: () => JsonObject;
    readonly notices: readonly Notice[];
  };
  /** Returns the parameters of stock and custom templates. @throws ConfigError */
  readonly parameters: (start: Start<Of>, node: Node<Of["metadata"]>) => Parameterized<Parameters>;
  readonly render: (parameters: Parameters) => string;
  readonly lifecycle: (start: Start<Of>, node: Node<Of["metadata"]>) => Lifecycle;
  readonly readiness: (start: Start<Of>) => ReadinessRules;
  /** Returns the plan of the status server; undefined where it is off. @throws ConfigError for invalid probers and annotations */
  readonly statusPlan: (start: Start<Of>, node: Node<Of["metadata"]>) => StatusPlan | undefined;
  /** The membership of a mesh; absent if the release has none that needs the agent. */
  readonly mesh?: MeshContract<Of>;
  readonly processPlan: (start: Start<Of>, node: Node<Of["metadata"]>) => ProcessPlan;
  /** Reports whether a flag sets the node's first address, so that INSTANCE_IP does not count. */
  readonly isAddressGiven: (settings: Settings<Of>) => boolean;
  /** Whether there is a command that removes all rules. */
  readonly cleansTraffic: boolean;
  /** Loads how the release redirects the traffic of a pod. */
  readonly traffic: () => TrafficContract;
  /** Returns warnings about settings that do not affect the plan; `isRendered`: Envoy uses a bootstrap of this release. */
  readonly advice: (settings: Settings<Of>, node: Pick<Node, "addresses">, isRendered: boolean) => readonly Notice[];
}

/** A contract as the other modules use it, whatever its release. */
export type Profile = ProfileOf<CommonTables, object>;

/** Returns a contract whose parts use the types of the release's own tables. */
export function defineProfile<Of extends Tables, Parameters extends object>(profile: ProfileOf<Of, Parameters>): Profile {
  // Safe: a contract receives only settings, metadata and parameters that its own tables and functions have produced.
  return profile as unknown as Profile;
}
