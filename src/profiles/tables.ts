import { type FlagTable, stringFlag } from "../cli/flag.ts";
import type { LogFlags } from "../cli/log-options.ts";
import type { Variable, VariableTable } from "../inputs/environment.ts";
import type { CommonSchema } from "../settings/common-config.ts";
import type { MessageSchema } from "../settings/schema.ts";
import type { COMMON_VARIABLES } from "./common-variables.ts";

/** The tables of a release as types: what its settings hold follows from them. */
export interface Tables {
  readonly proxyConfig: MessageSchema;
  /** Those of every command and those of `proxy`. */
  readonly flags: FlagTable;
  readonly variables: VariableTable;
  /** The node metadata that the release itself reads or writes. */
  readonly metadata: string;
  /** What its bootstrap is rendered with. */
  readonly parameters: object;
}

/** Flags of `proxy` that are alike in both releases. */
export const COMMON_FLAGS = {
  meshConfig: stringFlag("meshConfig", "./etc/istio/config/mesh", "Mesh config file; may be absent"),
  templateFile: stringFlag("templateFile", "", "Bootstrap template to use instead of the built-in one"),
  outlierLogPath: stringFlag("outlierLogPath", "", "File for Envoy's outlier detection log"),
} as const;

/** What the tables of both releases have. */
export interface CommonTables {
  readonly proxyConfig: CommonSchema;
  readonly flags: readonly (LogFlags[number] | (typeof COMMON_FLAGS)[keyof typeof COMMON_FLAGS])[];
  readonly variables: typeof COMMON_VARIABLES & { readonly ISTIO_BOOTSTRAP_OVERRIDE: Variable<string> };
  readonly metadata: never;
  readonly parameters: object;
}
