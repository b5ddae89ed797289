import type { JsonObject } from "../../go/json-value.ts";
import type { TypedKeys } from "../../node/metadata.ts";
import type { Node } from "../../node/node.ts";
import type { Problem } from "../../settings/checks.ts";
import type { Layer, Layered } from "../../settings/layer.ts";
import type { MessageOf, PathOf } from "../../settings/message-of.ts";
import type { MetricsRules } from "../../status/status-plan.ts";
import type { Start } from "../profile.ts";
import { changedRules, type Row, type RuleTable, without } from "../rules.ts";
import { compressorsOf } from "./compressors.ts";
import type { BasedContract, Contract } from "./contract.ts";
import type { CheckedSchema } from "./mesh-config.ts";
import type { MESH_SCHEMA } from "./mesh-schema.ts";
import { METADATA_KEYS } from "./metadata-keys.ts";
import type { AddedParameters, Compressor } from "./parameters.ts";
import { PROXY_CONFIG } from "./proxy-config-schema.ts";
import { SECTIONS } from "./render.ts";
import { wholeSeconds } from "./stats.ts";
import { scrapedApplication } from "./status.ts";
import { VARIABLES } from "./variables.ts";

/**
 * What differs between the releases that follow the contract of 1.30 but for these rules, or between patch releases. `Of`: the tables of
 * the release, from which its own functions take their types.
 */
export interface Rules<Of extends BasedContract = Contract> {
  readonly roles: readonly string[];
  readonly variables: Of["variables"];
  readonly proxyConfig: Of["proxyConfig"];
  /** Returns what refuses a ProxyConfig in addition to the rules of all releases. */
  readonly addedProblems: (config: MessageOf<Of["proxyConfig"]>) => readonly Problem<PathOf<MessageOf<Of["proxyConfig"]>>>[];
  /** Decodes the mesh config without its `defaultConfig`, and returns its problems; `proxyConfig`: the schema of that. */
  readonly meshProblems: (document: unknown, layer: Layer, proxyConfig: Of["proxyConfig"]) => Layered<unknown>;
  /** Metadata keys that are typed fields upstream, besides PROXY_CONFIG. */
  readonly metadataKeys: TypedKeys & typeof METADATA_KEYS;
  /** Returns metadata in addition to those of all releases. */
  readonly addedMetadata: (start: Start<Of>) => AddedMetadata;
  /** The labels of which the first one names the cluster of a node without a service cluster. */
  readonly clusterLabels: readonly string[];
  /** The labels of which the first one has the locality. */
  readonly localityLabels: readonly string[];
  /** Runtime flags of every bootstrap that the configuration does not change. */
  readonly runtimeFlags: JsonObject;
  /** The values of COMPLIANCE_POLICY with which Envoy's gRPC client is limited to approved ciphers. */
  readonly fipsPolicies: readonly ("fips-140-2" | "fips-140-3")[];
  /** Returns how Envoy's metrics are compressed for a scraper that accepts it; the best first. */
  readonly compressors: (start: Start<Of>, annotations: ReadonlyMap<string, unknown>) => readonly Compressor[];
  /** Whether the configuration can set Envoy's limit of connections. */
  readonly limitsConnections: boolean;
  /** Returns the interval at which unused statistics are removed, from nanoseconds, as the bootstrap has it. */
  readonly evictionInterval: (nanoseconds: bigint) => string;
  /** The sections of the bootstrap's template. */
  readonly sections: typeof SECTIONS;
  /** Returns parameters of the template in addition to those of all releases. */
  readonly addedParameters: (start: Start<Of>, node: Node<Of["metadata"]>) => AddedParameters;
  /** Returns ports of Envoy's own listeners with the variables that set them, in addition to those of all releases. */
  readonly addedPorts: (start: Start<Of>) => readonly (readonly [port: number, variable: string])[];
  /** Whether the answers of the status port are compressed. */
  readonly compressesAnswers: boolean;
  /** Whether the Accept header of a scrape is reduced to the types that a source supports. */
  readonly narrowsAccept: boolean;
  /** Returns where the application's metrics are scraped, by ISTIO_PROMETHEUS_ANNOTATIONS. @throws ConfigError */
  readonly scrapedApplication: (text: string | undefined, statusPort: number) => Pick<MetricsRules, "application" | "applications">;
  /** Whether a drain until no connection is left counts those of Envoy's internal listeners. */
  readonly countsInternal: boolean;
  /** Whether a certificate file is watched through symbolic links, not only where it is when it is read. */
  readonly followsLinks: boolean;
  /** Whether the error about a missing nft begins with where it is missing. */
  readonly placesMissingNft: boolean;
}

/** Metadata of a release: raw ones, which count as variables do, and values of typed keys. */
export interface AddedMetadata {
  readonly raw: Readonly<Record<string, string>>;
  readonly typed: Readonly<Record<string, number>>;
}

const RUNTIME_FLAGS = {
  "re2.max_program_size.error_level": "32768",
  "envoy.deprecated_features:envoy.config.listener.v3.Listener.hidden_envoy_deprecated_use_original_dst": true,
  "envoy.reloadable_features.http_reject_path_with_fragment": false,
  "envoy.reloadable_features.fixed_heap_use_allocated": true,
  "envoy.reloadable_features.coalesce_lb_rebuilds_on_batch_update": false,
} as const;
const NOTHING: AddedMetadata = { raw: {}, typed: {} };

/** The rules of 1.30 (docs/contracts/istio-1.30.md). */
export const RULES: RuleTable<Rules> = {
  roles: { is: ["sidecar", "router", "waypoint", "ztunnel", "agentgateway"] },
  variables: { is: VARIABLES, since: [1, 30, 2], before: without(VARIABLES, "PILOT_AGENT_MERGE_ENVOY_STATS") },
  proxyConfig: { is: PROXY_CONFIG },
  addedProblems: { is: () => [] },
  meshProblems: { is: meshRule() },
  metadataKeys: { is: METADATA_KEYS },
  addedMetadata: { is: () => NOTHING },
  clusterLabels: { is: ["app", "app.kubernetes.io/name", "service.istio.io/canonical-name"] },
  localityLabels: { is: ["topology.istio.io/locality", "istio-locality"] },
  runtimeFlags: {
    is: RUNTIME_FLAGS,
    since: [1, 30, 1],
    before: without(RUNTIME_FLAGS, "envoy.reloadable_features.coalesce_lb_rebuilds_on_batch_update"),
  },
  fipsPolicies: { is: ["fips-140-2"] },
  compressors: { is: compressorsOf },
  limitsConnections: { is: true },
  evictionInterval: { is: wholeSeconds },
  sections: { is: SECTIONS },
  addedParameters: { is: () => ({}) },
  addedPorts: { is: () => [] },
  compressesAnswers: { is: true },
  narrowsAccept: { is: true, since: [1, 30, 2], before: false },
  scrapedApplication: { is: scrapedApplication },
  countsInternal: { is: false, since: [1, 30, 3], before: true },
  followsLinks: { is: true },
  placesMissingNft: { is: true },
};

/** Returns the rule for mesh configs of a release; `schema` returns its schema from that of 1.30, when there is such a config. */
export function meshRule(schema?: (base: typeof MESH_SCHEMA) => CheckedSchema): Rules["meshProblems"] {
  return (document, layer, proxyConfig) => {
    const { meshProblems }: typeof import("./mesh-config.ts") = require("./mesh-config.ts");
    return meshProblems(document, layer, proxyConfig, schema);
  };
}

/** Returns the rules of a release that differs from another by some rows, whose functions have the types of its own tables. */
export function rulesBasedOn<Of extends BasedContract>(
  base: RuleTable<Rules>,
  rows: { readonly [Name in keyof Rules<Of>]?: Row<Rules<Of>[Name]> },
): RuleTable<Rules> {
  // Safe: a release passes to its functions only starts and metadata that its own tables have produced.
  return changedRules(base, rows as unknown as Partial<RuleTable<Rules>>);
}
