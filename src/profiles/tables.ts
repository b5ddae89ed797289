import { type FlagTable, stringFlag } from "../cli/flag.ts";
import type { LogFlags } from "../cli/log-options.ts";
import type { Variable, VariableTable } from "../inputs/environment.ts";
import type { CommonSchema } from "../settings/common-config.ts";
import type { MessageSchema } from "../settings/schema.ts";
import type { COMMON_VARIABLES } from "./common-variables.ts";

/** The tables of a release as types; the types of its settings are inferred from them. */
export interface Tables {
  readonly proxyConfig: MessageSchema;
  /** The flags of all commands and those of `proxy`. */
  readonly flags: FlagTable;
  readonly variables: VariableTable;
  /** The keys of the node metadata that the release itself reads or writes. */
  readonly metadata: string;
  /** What differs between its patch releases, and between the releases that are defined by their differences from it. */
  readonly rules: object;
}

/** Flags of `proxy` that both releases have. */
export const COMMON_FLAGS = {
  meshConfig: stringFlag("meshConfig", "./etc/istio/config/mesh", "Mesh config file; may be absent"),
  templateFile: stringFlag("templateFile", "", "Bootstrap template to use instead of the built-in one"),
  outlierLogPath: stringFlag("outlierLogPath", "", "File for Envoy's outlier detection log"),
} as const;

/** The rows that all releases have. */
export interface CommonTables {
  readonly proxyConfig: CommonSchema;
  readonly flags: readonly (LogFlags[number] | (typeof COMMON_FLAGS)[keyof typeof COMMON_FLAGS])[];
  readonly variables: typeof COMMON_VARIABLES & { readonly ISTIO_BOOTSTRAP_OVERRIDE: Variable<string> };
  readonly metadata: never;
  readonly rules: object;
}
