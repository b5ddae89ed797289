import type { FlagTable, FlagValues } from "../cli/flag.ts";
import type { LogLevelRule } from "../cli/log-options.ts";
import type { Notice } from "../common/notice.ts";
import type { AdminAddress } from "../envoy/admin-address.ts";
import type { EnvoyOption } from "../envoy/options.ts";
import type { Values } from "../inputs/environment.ts";
import type { Answers, Question } from "../inputs/questions.ts";
import type { Node } from "../node/node.ts";
import type { AnnotationName } from "../settings/annotations.ts";
import type { Problem } from "../settings/checks.ts";
import type { Layer, Layered } from "../settings/layer.ts";
import type { MessageOf, PathOf } from "../settings/message-of.ts";
import type { AdminQuestion, ReadinessRules, StatusPlan } from "../status/status-plan.ts";
import type { DrainRule, Supervision } from "../supervisor/supervision.ts";
import type { Settings } from "./settings.ts";
import type { CommonTables, Tables } from "./tables.ts";

/** Everything a stage after the questions works on. */
export type Start<Of extends Tables = CommonTables> = StartOf<Settings<Of>, MessageOf<Of["proxyConfig"]>>;

/** The same by what it holds, so that the start of a release is a start of any release, too. */
interface StartOf<Settings, Config> {
  readonly settings: Settings;
  readonly config: Config;
  readonly answers: Answers;
  /** Whether a bootstrap is rendered; not with a custom config file. */
  readonly generates: boolean;
}

/** How a release builds and judges its ProxyConfig (contract 1.6 §5, 1.30 §5). */
export interface ProxyConfigRules<Of extends Tables = CommonTables, Config = MessageOf<Of["proxyConfig"]>> {
  readonly schema: Of["proxyConfig"];
  readonly defaults: Config;
  /** The pod annotations with the topmost layers, lowest first. */
  readonly annotations: readonly AnnotationName[];
  /** Whether the bootstrap has the status port in it. */
  readonly showsStatusPort: boolean;
  /** What is left of a message before another layer is decoded into it. */
  readonly carry: (below: Config) => Config;
  /** What a layer leaves of the one below, beyond replacing fields. */
  readonly merge: (below: Config, decoded: Config) => Config;
  /** The mesh config file laid over the defaults; `fields` are those it sets. */
  readonly applyMeshFile: (defaults: Config, layer: Layer) => Layered<Config> & { readonly fields: readonly string[] };
  /** The flags that win over the layers or fill their gaps. */
  readonly applyFlags: (config: Config, context: FlagContext<Of>) => Config;
  /** Whether a statsd port stops the resolution, which then switches statsd off. */
  readonly statsdPortProblem: (port: string) => string | undefined;
  readonly problems: (config: Config) => readonly Problem<PathOf<Config>>[];
}

export interface FlagContext<Of extends Tables = CommonTables> {
  readonly flags: FlagValues<Of["flags"]>;
  readonly variables: Values<Of["variables"]>;
  /** Records where a field's value now comes from. */
  readonly note: (field: keyof Of["proxyConfig"]["fields"] & string, origin: string) => void;
}

/** The bootstrap a profile renders: its text, and files that belong to it. */
export interface Bootstrap {
  readonly text: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly notices: readonly Notice[];
}

/** What a stock template is rendered with, and what belongs to it. */
export interface Parameterized<Parameters extends object> {
  readonly parameters: Parameters;
  /** Where the stock template puts Envoy's admin interface. */
  readonly admin: AdminAddress;
  readonly files: Bootstrap["files"];
  readonly notices: readonly Notice[];
}

/** What only the start of a process needs. */
export interface ProcessPlan {
  /** The options of an epoch's Envoy. */
  readonly options: (epoch: number, configFile: string) => readonly EnvoyOption[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** The override that Envoy merges into its configuration; no document where only Envoy can say what it is. */
  readonly override?: { readonly document: unknown };
  /** No process is wanted at all. */
  readonly withoutEnvoy?: true;
  readonly notices: readonly Notice[];
}

/** What a release does about the end of its Envoy and about further epochs (contract 1.6 §10, 1.30 §9). Times in milliseconds. */
export interface Lifecycle {
  /** The query of the drain call, by what was recorded; empty: none. */
  readonly drainQuery: string;
  /** How long the drain lasts, or how long connections are not yet counted. */
  readonly hold: number;
  readonly until: DrainRule["until"];
  /** Ports of Envoy's own listeners, and the variables of those that have one. */
  readonly ownPorts: readonly number[];
  readonly portSettings: Supervision["portSettings"];
  /** Whether a stop asked for by /quitquitquit drains. */
  readonly quitDrains: boolean;
  /** Whether a changed certificate makes a new epoch without a switch. */
  readonly hotRestart: boolean;
  /** Envoy's --parent-shutdown-time-s, where the release passes one. */
  readonly parentShutdown?: number;
  /** Time in which an old epoch closes its connections one by one; absent where it closes them at once. */
  readonly gradualDrain?: number;
  /** Files whose change makes a new epoch, where hot restart is on. */
  readonly watched: () => readonly string[];
  /** From the first change of one to the look at them. */
  readonly debounce: number;
}

/** The contract of one release: everything that may differ between releases. `Parameters` are those of its stock template. */
export interface ProfileOf<Of extends Tables, Parameters extends object> {
  readonly name: string;
  /** The release the contract was recorded from. */
  readonly release: string;
  /** What `version` prints before its short and its long form. */
  readonly versionPrefix: string;
  /** Ports `request` may ask; none where it has no choice (contract 1.30 §11.1). */
  readonly debugPorts: readonly number[];
  /** Whether there is a `wait` command. */
  readonly waits: boolean;
  /** What Envoy is asked for readiness: about updates, then about its state. */
  readonly adminQuestions: readonly AdminQuestion[];
  readonly rootFlags: FlagTable;
  readonly proxyFlags: FlagTable;
  readonly variables: Of["variables"];
  readonly logLevels: LogLevelRule;
  readonly roles: readonly string[];
  readonly roleError: (role: string) => string;
  readonly proxyConfig: ProxyConfigRules<Of>;
  /** Where Envoy may get its resources from. */
  readonly xdsSources: readonly ("agent" | "file")[];
  /** The epoch file's name without its suffix. */
  readonly epochFile: (epoch: number) => string;
  /** Exit status of a bootstrap that cannot be generated. */
  readonly generationStatus: number;
  readonly questions: (settings: Settings<Of>) => readonly Question[];
  /** Takes the decisions that can refuse a start, and what they change. @throws ConfigError */
  readonly settle: (start: Start<Of>) => {
    readonly config: MessageOf<Of["proxyConfig"]>;
    readonly notices: readonly Notice[];
    readonly removals: readonly string[];
  };
  /** @throws ConfigError for metadata of the wrong type */
  readonly node: (start: Start<Of>) => { readonly node: Node<Of["metadata"]>; readonly notices: readonly Notice[] };
  /** The names a custom template may use, and the stock template's text. @throws ConfigError */
  readonly parameters: (start: Start<Of>, node: Node<Of["metadata"]>) => Parameterized<Parameters>;
  readonly render: (parameters: Parameters) => string;
  readonly lifecycle: (start: Start<Of>, node: Node<Of["metadata"]>) => Lifecycle;
  readonly readiness: (start: Start<Of>) => ReadinessRules;
  /** What the status server does; undefined where it is off. @throws ConfigError for probers and annotations that cannot be used */
  readonly statusPlan: (start: Start<Of>, node: Node<Of["metadata"]>) => StatusPlan | undefined;
  readonly processPlan: (start: Start<Of>, node: Node<Of["metadata"]>) => ProcessPlan;
  /** Whether a flag names the node's first address, so that INSTANCE_IP does not count. */
  readonly isAddressGiven: (settings: Settings<Of>) => boolean;
  /** Warnings of settings that change nothing of a launch; `isRendered`: Envoy reads a bootstrap of this release. */
  readonly advice: (settings: Settings<Of>, node: Pick<Node, "addresses">, isRendered: boolean) => readonly Notice[];
}

/** A contract by what all of them have. */
export type Profile = ProfileOf<CommonTables, object>;

/** A contract from the parts of a release, which work on its own tables. */
export function defineProfile<Of extends Tables, Parameters extends object>(profile: ProfileOf<Of, Parameters>): Profile {
  // Settings, metadata and parameters reach a contract only as its own tables and functions have made them.
  return profile as unknown as Profile;
}
