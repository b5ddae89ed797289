import { formatDuration } from "../../go/duration.ts";
import { changedSchema } from "../../settings/changed-schema.ts";
import { RULES as RULES_1_29 } from "../istio-1.29/profile.ts";
import { MESH_CHANGES as MESH_CHANGES_1_29 } from "../istio-1.29/schema-changes.ts";
import { profileOf } from "../istio-1.30/profile.ts";
import { PROXY_CONFIG } from "../istio-1.30/proxy-config-schema.ts";
import { meshRule, rulesBasedOn } from "../istio-1.30/rules.ts";
import { wholeSeconds } from "../istio-1.30/stats.ts";
import type { Profile } from "../profile.ts";
import type { Release } from "../release.ts";
import { without } from "../rules.ts";
import { annotatedCompressor } from "./compressors.ts";
import { MESH_CHANGES, PROXY_CONFIG_CHANGES } from "./schema-changes.ts";

/** What Istio 1.28 does otherwise than 1.29 (contract 1.28 §1, §2, §3, §4, §5, §6). */
export const RULES = rulesBasedOn(RULES_1_29, {
  roles: { is: ["sidecar", "router", "waypoint", "ztunnel"] },
  proxyConfig: { is: changedSchema(PROXY_CONFIG, PROXY_CONFIG_CHANGES) },
  meshProblems: { is: meshRule((base) => changedSchema(changedSchema(base, MESH_CHANGES_1_29), MESH_CHANGES)) },
  localityLabels: { is: ["istio-locality"] },
  runtimeFlags: { is: without(RULES_1_29.runtimeFlags.is, "envoy.reloadable_features.fixed_heap_use_allocated") },
  compressors: { is: annotatedCompressor },
  limitsConnections: { is: false },
  evictionInterval: { is: wholeSeconds, since: [1, 28, 2], before: formatDuration },
  countsInternal: { is: true },
  followsLinks: { is: false },
  placesMissingNft: { is: false },
});

/** The contract of Istio 1.28; for a patch release, with its rules. */
export function istio128(release?: Release): Profile {
  return profileOf({ name: "istio-1.28", recorded: "1.28.10", rules: RULES, basedOn: "istio-1.29" }, release);
}
