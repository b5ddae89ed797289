import { messageOf } from "../../settings/access.ts";
import type { Profile } from "../profile.ts";
import { LOG_SCOPES, PROXY_FLAGS, ROOT_FLAGS } from "./flags.ts";
import { lifecycleOf } from "./lifecycle.ts";
import { nodeOf } from "./metadata.ts";
import { type Parameters, parametersOf } from "./parameters.ts";
import { platformQuestion } from "./platform.ts";
import { processPlan } from "./process-plan.ts";
import { PROXY_CONFIG_RULES } from "./proxy-config.ts";
import { renderStock } from "./render.ts";
import { securityQuestions, settleSecurity } from "./security.ts";
import { ADMIN_QUESTIONS, statusPlan } from "./status.ts";
import { VARIABLES, variablesOf } from "./variables.ts";

/** The contract of Istio 1.6 (spec 1.6). */
export const ISTIO_1_6: Profile = {
  name: "istio-1.6",
  release: "1.6.0",
  versionPrefix: "",
  debugPorts: [],
  waits: false,
  adminQuestions: ADMIN_QUESTIONS,
  rootFlags: ROOT_FLAGS,
  proxyFlags: PROXY_FLAGS,
  variables: VARIABLES,
  logLevels: { scopes: LOG_SCOPES, badLevel: (item) => `invalid output level '${item}'` },
  roles: ["sidecar", "router"],
  roleError: (role) => `Invalid role Type: "${role}"; known are sidecar and router`,
  proxyConfig: PROXY_CONFIG_RULES,
  xdsSources: ["agent"],
  epochFile: (epoch) => `envoy-rev${epoch}`,
  generationStatus: 1,
  questions: (draft) => [
    ...securityQuestions(draft),
    platformQuestion(variablesOf(draft)),
    ...(messageOf(messageOf(draft.merged, "tracing"), "stackdriver") === undefined ? [] : [{ kind: "project-id" } as const]),
  ],
  settle: settleSecurity,
  node: nodeOf,
  lifecycle: lifecycleOf,
  parameters: parametersOf,
  render: (parameters) => renderStock(parameters as Parameters), // what `parameters` above returned
  statusPlan,
  processPlan,
};
