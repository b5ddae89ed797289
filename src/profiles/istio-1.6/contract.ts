import type { Values } from "../../inputs/environment.ts";
import type { Node as AnyNode } from "../../node/node.ts";
import type { Problem as AnyProblem } from "../../settings/checks.ts";
import type { TlsSettings as CommonTlsSettings } from "../../settings/common-config.ts";
import type { MessageOf, PathOf } from "../../settings/message-of.ts";
import type { FlagContext as AnyFlagContext, ProxyConfigRules as AnyRules, Start as AnyStart } from "../profile.ts";
import type { Settings as AnySettings } from "../settings.ts";
import type { Tables } from "../tables.ts";
import type { Changes } from "./changes.ts";
import type { PROXY_FLAGS, ROOT_FLAGS } from "./flags.ts";
import type { METADATA_KEYS } from "./metadata-keys.ts";
import type { schemaOfRelease } from "./schema-of-release.ts";
import type { VARIABLES } from "./variables.ts";

// The types of release 1.6, inferred from its tables.

/** The tables of release 1.6. */
export interface Contract extends Tables {
  readonly proxyConfig: ReturnType<typeof schemaOfRelease>;
  readonly flags: readonly (typeof ROOT_FLAGS | typeof PROXY_FLAGS)[number][];
  readonly variables: typeof VARIABLES;
  readonly metadata: MetadataKey;
  readonly rules: Changes;
}

/** The metadata that this release reads or writes. */
export type MetadataKey = keyof typeof METADATA_KEYS;

export type Schema = Contract["proxyConfig"];
export type Config = MessageOf<Schema>;
/** A violated rule of a field of this release. */
export type Problem = AnyProblem<PathOf<Config>>;
export type TlsSettings = CommonTlsSettings;
/** The name of a variable of this release. */
export type VariableName = keyof typeof VARIABLES;
export type Variables = Values<typeof VARIABLES>;
export type Settings = AnySettings<Contract>;
export type Start = AnyStart<Contract>;
export type Node = AnyNode<MetadataKey>;
export type FlagContext = AnyFlagContext<Contract>;
export type ProxyConfigRules = AnyRules<Contract>;
