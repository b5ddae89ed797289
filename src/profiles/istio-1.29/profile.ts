import { changedSchema } from "../../settings/changed-schema.ts";
import { profileOf } from "../istio-1.30/profile.ts";
import { meshRule, RULES as RULES_1_30, rulesBasedOn } from "../istio-1.30/rules.ts";
import type { Profile } from "../profile.ts";
import type { Release } from "../release.ts";
import { without } from "../rules.ts";
import { MESH_CHANGES } from "./schema-changes.ts";

/** What Istio 1.29 does otherwise than 1.30 (contract 1.29 §1, §2, §3, §4). */
export const RULES = rulesBasedOn(RULES_1_30, {
  variables: { is: without(RULES_1_30.variables.is, "PILOT_AGENT_MERGE_ENVOY_STATS") },
  meshProblems: { is: meshRule((base) => changedSchema(base, MESH_CHANGES)) },
  clusterLabels: { is: ["app"] },
  runtimeFlags: { is: without(RULES_1_30.runtimeFlags.is, "envoy.reloadable_features.coalesce_lb_rebuilds_on_batch_update") },
  compressesAnswers: { is: false },
  narrowsAccept: { is: false },
  countsInternal: { is: false, since: [1, 29, 6], before: true },
});

/** The contract of Istio 1.29; for a patch release, with its rules. */
export function istio129(release?: Release): Profile {
  return profileOf({ name: "istio-1.29", recorded: "1.29.6", rules: RULES, basedOn: "istio-1.30" }, release);
}
