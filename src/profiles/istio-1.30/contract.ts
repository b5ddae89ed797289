import type { Values } from "../../inputs/environment.ts";
import type { Node as AnyNode } from "../../node/node.ts";
import type { Problem as AnyProblem } from "../../settings/checks.ts";
import type { MessageOf, PathOf } from "../../settings/message-of.ts";
import type { FlagContext as AnyFlagContext, ProxyConfigRules as AnyRules, Start as AnyStart } from "../profile.ts";
import type { Settings as AnySettings } from "../settings.ts";
import type { Tables } from "../tables.ts";
import type { PROXY_FLAGS, ROOT_FLAGS } from "./flags.ts";
import type { METADATA_KEYS } from "./metadata-keys.ts";
import type { CLIENT_TLS_SETTINGS, PROXY_CONFIG } from "./proxy-config-schema.ts";
import type { Rules } from "./rules.ts";
import type { VARIABLES } from "./variables.ts";

// The types of release 1.30, inferred from its tables. What a release based on it lacks may be absent.

type MayLack<Table, Name extends keyof Table> = Omit<Table, Name> & Partial<Pick<Table, Name>>;

/** ProxyConfig. */
interface ProxyConfigSchema {
  readonly fields: MayLack<(typeof PROXY_CONFIG)["fields"], "fileFlushInterval" | "fileFlushMinSizeKb" | "statsCompression">;
  readonly oneofs: (typeof PROXY_CONFIG)["oneofs"];
}

type VariablesTable = MayLack<typeof VARIABLES, "PILOT_AGENT_MERGE_ENVOY_STATS">;

/** The tables of release 1.30. */
export interface Contract extends Tables {
  readonly proxyConfig: ProxyConfigSchema;
  readonly flags: readonly (typeof ROOT_FLAGS | typeof PROXY_FLAGS)[number][];
  readonly variables: VariablesTable;
  readonly metadata: MetadataKey;
  readonly rules: Rules;
}

/** The tables of a release that is based on this one; it may have more fields, variables and keys. */
export interface BasedContract extends Omit<Contract, "metadata"> {
  readonly metadata: string;
}

/** The metadata keys that this release reads or writes: the typed ones and one more. */
export type MetadataKey = keyof typeof METADATA_KEYS | "PROXY_CONFIG" | "LOAD_STATS_CONFIG_JSON";

export type Config = MessageOf<ProxyConfigSchema>;
/** A violated rule of a field of this release. */
export type Problem = AnyProblem<PathOf<Config>>;
export type TlsSettings = MessageOf<ReturnType<typeof CLIENT_TLS_SETTINGS>>;
export type Variables = Values<VariablesTable>;
export type Settings = AnySettings<Contract>;
export type Start = AnyStart<Contract>;
export type Node = AnyNode<MetadataKey>;
export type FlagContext = AnyFlagContext<Contract>;
export type ProxyConfigRules = AnyRules<Contract>;
