import { changedSchema } from "../../settings/changed-schema.ts";
import { profileOf } from "../istio-1.30/profile.ts";
import { PROXY_CONFIG } from "../istio-1.30/proxy-config-schema.ts";
import { RULES as RULES_1_30, rulesBasedOn } from "../istio-1.30/rules.ts";
import type { Profile } from "../profile.ts";
import type { Release } from "../release.ts";
import { addedParameters, addedPorts, SECTIONS } from "./bootstrap.ts";
import { connectionProblems } from "./connection-settings.ts";
import type { Contract } from "./contract.ts";
import { addedMetadata, METADATA_KEYS } from "./metadata.ts";
import { PROXY_CONFIG_CHANGES } from "./schema-changes.ts";
import { scrapedApplication } from "./scrape-targets.ts";
import { VARIABLES } from "./variables.ts";

/** What Istio 1.31 does otherwise than 1.30 (contract 1.31 §1, §2, §3, §4, §5, §6, §7, §8). */
export const RULES = rulesBasedOn<Contract>(RULES_1_30, {
  variables: { is: VARIABLES },
  proxyConfig: { is: changedSchema(PROXY_CONFIG, PROXY_CONFIG_CHANGES) },
  addedProblems: { is: connectionProblems },
  meshProblems: {
    is(document, layer, proxyConfig) {
      const { meshProblems }: typeof import("./mesh-config.ts") = require("./mesh-config.ts");
      return meshProblems(document, layer, proxyConfig);
    },
  },
  metadataKeys: { is: METADATA_KEYS },
  addedMetadata: { is: addedMetadata },
  fipsPolicies: { is: ["fips-140-2", "fips-140-3"] },
  sections: { is: SECTIONS },
  addedParameters: { is: addedParameters },
  addedPorts: { is: addedPorts },
  scrapedApplication: { is: scrapedApplication },
});

/** The contract of Istio 1.31; for a patch release, with its rules. */
export function istio131(release?: Release): Profile {
  return profileOf({ name: "istio-1.31", recorded: "1.31.0", rules: RULES, basedOn: "istio-1.30" }, release);
}
