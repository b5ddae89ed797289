import { misspelledVariables } from "../cli/misspelled-variables.ts";
import type { Notice } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import { identityWarnings } from "../node/identity-warnings.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Settings } from "../profiles/settings.ts";
import { misspelledAnnotations } from "../settings/annotations.ts";
import type { Planned } from "./plan.ts";
import { portClashes } from "./port-clashes.ts";

// Loaded after Envoy is started, or when a start is refused.

/**
 * Returns warnings about settings that are probably mistakes. They do not affect the plan, so a start does not wait for them. For a
 * refused start there may be no settings or no plan.
 */
export function adviceOf(profile: Profile, environment: Environment, settings?: Settings, planned?: Planned): readonly Notice[] {
  const advice = [...misspelledVariables(environment, profile.variables), ...misspelledAnnotations(settings?.annotations)];
  if (settings === undefined || planned === undefined) return advice;
  return [
    ...advice,
    ...identityWarnings(settings.variableText, planned.agent.node, profile.isAddressGiven(settings)),
    ...portClashes(planned),
    ...(planned.agent.advice?.() ?? []),
    ...profile.advice(settings, planned.agent.node, planned.epoch.bootstrap !== undefined),
  ];
}
