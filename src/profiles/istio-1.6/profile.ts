import { defineProfile, type Profile, type ProfileOf } from "../profile.ts";
import { isAtLeast, type Release } from "../release.ts";
import { rulesOf } from "../rules.ts";
import { CHANGES } from "./changes.ts";
import type { Contract } from "./contract.ts";
import { LOG_SCOPES, PROXY_FLAGS, ROOT_FLAGS } from "./flags.ts";
import { lifecycleOf } from "./lifecycle.ts";
import { nodeOf } from "./metadata.ts";
import { type Parameters, parametersOf } from "./parameters.ts";
import { platformQuestion } from "./platform.ts";
import { processPlan } from "./process-plan.ts";
import { proxyConfigRules } from "./proxy-config.ts";
import { renderStock } from "./render.ts";
import { decideSecurity, securityQuestions } from "./security.ts";
import { adminQuestions, readinessOf, statusPlan } from "./status.ts";
import { VARIABLES } from "./variables.ts";

/** The release that was recorded. */
const RECORDED: Release = [1, 6, 0];
const UNRECORDED: Release = [1, 7, 0];

/** Returns the contract of Istio 1.6 with the changes of a release (docs/contracts/istio-1.6.md). Istio 1.7 uses it, too. */
export function istio16(release = RECORDED): Profile {
  const changes = rulesOf(CHANGES, release);
  const proxyConfig = proxyConfigRules(changes);
  return defineProfile<Contract, Parameters>({
    ...BASE,
    rules: changes,
    waits: changes.waits,
    adminQuestions: adminQuestions(changes),
    proxyConfig,
    node: (start) => nodeOf(start, proxyConfig.schema),
    decideSecurity: (start) => withWarning(decideSecurity(start, changes), release),
    lifecycle: (start) => lifecycleOf(start, changes),
    parameters: (start, node) => parametersOf(start, node, changes),
    readiness: (start) => readinessOf(start, changes),
    statusPlan: (start) => statusPlan(start, changes),
  });
}

type Decisions = ReturnType<ProfileOf<Contract, Parameters>["decideSecurity"]>;

/** Adds a warning if the release itself is not recorded. */
function withWarning(decisions: Decisions, release: Release): Decisions {
  if (!isAtLeast(release, UNRECORDED)) return decisions;
  const text = `Using the Istio 1.6 profile with the known changes of 1.7, untested against pilot-agent ${release.join(".")}: check the output of render first (ISTIO_META_ISTIO_VERSION)`;
  return { ...decisions, notices: [{ level: "warn", text }, ...decisions.notices] };
}

/** The parts that no later release changed. */
const BASE = {
  name: "istio-1.6",
  release: "1.6.0",
  versionPrefix: "",
  debugPorts: [],
  rootFlags: ROOT_FLAGS,
  proxyFlags: PROXY_FLAGS,
  variables: VARIABLES,
  variablePrefixes: {},
  logLevels: { scopes: LOG_SCOPES, badLevel: (item) => `invalid output level '${item}'` },
  roles: ["sidecar", "router"],
  roleError: (role) => `Invalid role Type: "${role}"; valid roles are sidecar and router`,
  xdsSources: ["agent"],
  epochFile: (epoch) => `envoy-rev${epoch}`,
  generationStatus: 1,
  questions: (settings) => [
    ...securityQuestions(settings),
    platformQuestion(settings.variables),
    ...(settings.merged.tracing?.stackdriver === undefined ? [] : [{ kind: "project-id" } as const]),
  ],
  render: renderStock,
  processPlan,
  isAddressGiven: ({ invocation }) => invocation.flags.string("ip") !== "",
  cleansTraffic: true,
  traffic: () => {
    const { IPTABLES }: typeof import("./iptables.ts") = require("./iptables.ts");
    return IPTABLES;
  },
  advice: () => [],
} satisfies Partial<ProfileOf<Contract, Parameters>>;
