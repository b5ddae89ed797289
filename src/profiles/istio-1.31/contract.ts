import type { Node as AnyNode } from "../../node/node.ts";
import type { ChangedSchema } from "../../settings/changed-schema.ts";
import type { Problem as AnyProblem } from "../../settings/checks.ts";
import type { MessageOf, PathOf } from "../../settings/message-of.ts";
import type { BasedContract, MetadataKey } from "../istio-1.30/contract.ts";
import type { PROXY_CONFIG } from "../istio-1.30/proxy-config-schema.ts";
import type { Start as AnyStart } from "../profile.ts";
import type { METADATA_KEYS } from "./metadata.ts";
import type { PROXY_CONFIG_CHANGES } from "./schema-changes.ts";
import type { VARIABLES } from "./variables.ts";

// The types of release 1.31: those of 1.30, and what its own tables add.

/** The tables of release 1.31. */
export interface Contract extends BasedContract {
  readonly proxyConfig: ChangedSchema<typeof PROXY_CONFIG, typeof PROXY_CONFIG_CHANGES>;
  readonly variables: typeof VARIABLES;
  readonly metadata: MetadataKey | keyof typeof METADATA_KEYS;
}

export type Config = MessageOf<Contract["proxyConfig"]>;
/** A violated rule of a field of this release. */
export type Problem = AnyProblem<PathOf<Config>>;
export type Start = AnyStart<Contract>;
export type Node = AnyNode<Contract["metadata"]>;
