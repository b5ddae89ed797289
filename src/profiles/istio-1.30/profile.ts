import { renderSections } from "../../bootstrap/render.ts";
import type { Notice } from "../../common/notice.ts";
import { PORT } from "../../settings/ports.ts";
import { defineProfile, type Profile, type ProfileOf } from "../profile.ts";
import type { Release } from "../release.ts";
import { type RuleTable, rulesOf } from "../rules.ts";
import { adviceOf } from "./advice.ts";
import type { Contract, Start } from "./contract.ts";
import { PROXY_FLAGS, ROOT_FLAGS } from "./flags.ts";
import { lifecycleOf } from "./lifecycle.ts";
import { nodeOf } from "./metadata.ts";
import { type Parameters, parametersOf } from "./parameters.ts";
import { platformQuestions } from "./platform.ts";
import { processPlan } from "./process-plan.ts";
import { proxyConfigRules } from "./proxy-config.ts";
import { RULES, type Rules } from "./rules.ts";
import { decideSecurity, outputQuestions, securityQuestions } from "./security.ts";
import { ADMIN_QUESTIONS, readinessOf, statusPlan } from "./status.ts";
import { socketPaths, usesMesh } from "./trust.ts";
import { VARIABLE_PREFIXES } from "./variables.ts";

/** The contract of Istio 1.30 (docs/contracts/istio-1.30.md); for a patch release, with its rules. */
export function istio130(release?: Release): Profile {
  return profileOf({ name: "istio-1.30", recorded: "1.30.3", rules: RULES }, release);
}

/** A minor release that follows the contract of 1.30 but for its rules. */
export interface MinorRelease {
  readonly name: string;
  /** The patch release that was recorded. */
  readonly recorded: string;
  readonly rules: RuleTable<Rules>;
  /** The name of the release from which it differs by its own rows; absent for 1.30. */
  readonly basedOn?: string;
}

/** Returns the contract of a minor release; for a patch release, with its rules. */
export function profileOf({ name, recorded, rules: table, basedOn }: MinorRelease, release?: Release): Profile {
  const rules = rulesOf(table, release);
  const { roles } = rules;
  return defineProfile<Contract, Parameters>({
    ...BASE,
    name,
    release: recorded,
    ...(basedOn === undefined ? {} : { basedOn }),
    rules,
    roles,
    roleError: (role) => `invalid proxy Type: "${role}"; valid roles are ${roles.slice(0, -1).join(", ")} and ${roles.at(-1)}`,
    variables: rules.variables,
    proxyConfig: proxyConfigRules(rules),
    node: (start) => nodeOf(start, recorded),
    render: (parameters) => renderSections(rules.sections, parameters),
    traffic: () => {
      const { IPTABLES }: typeof import("./iptables.ts") = require("./iptables.ts");
      return { ...IPTABLES, placesMissingNft: rules.placesMissingNft };
    },
  });
}

/** The parts that are the same in all these releases. */
const BASE = {
  versionPrefix: "client version: ",
  debugPorts: [PORT.admin, 15004, PORT.status, PORT.ready],
  waits: true,
  adminQuestions: ADMIN_QUESTIONS,
  rootFlags: ROOT_FLAGS,
  proxyFlags: PROXY_FLAGS,
  variablePrefixes: VARIABLE_PREFIXES,
  logLevels: { base: "default:info,grpc:none", badLevel: (_, level) => `invalid output level '${level}'` },
  xdsSources: ["agent", "direct", "file"],
  epochFile: (epoch) => (epoch === 0 ? "envoy-rev" : `envoy-rev${epoch}`),
  generationStatus: 255,
  questions: (settings) => [...securityQuestions(settings), ...outputQuestions(settings), ...platformQuestions(settings)],
  decideSecurity(start: Start) {
    const { notices, removals } = decideSecurity(start);
    return { config: start.config, notices: [...notices, ...directNotices(start)], removals };
  },
  lifecycle: lifecycleOf,
  parameters: parametersOf,
  readiness: readinessOf,
  statusPlan,
  mesh: {
    sockets: socketPaths,
    plan: (start) => (usesMesh(start) ? lazy().meshOf(start) : undefined),
    notices: (start) => (usesMesh(start) ? lazy().meshNotices(start) : []),
    grpcBootstrap(start, node, typed) {
      const { grpcBootstrapOf }: typeof import("./grpc-bootstrap.ts") = require("./grpc-bootstrap.ts");
      return grpcBootstrapOf(start, node, typed);
    },
  },
  processPlan,
  isAddressGiven: () => false,
  cleansTraffic: false,
  advice: adviceOf,
} satisfies Partial<ProfileOf<Contract, Parameters>>;

/** Loads the rules of a mesh, which a start needs only after Envoy's. */
function lazy(): typeof import("./mesh.ts") {
  return require("./mesh.ts");
}

function directNotices(start: Start): readonly Notice[] {
  if (start.settings.invocation.switches.xds.kind !== "direct" || !start.generates) return [];
  const direct: typeof import("./direct.ts") = require("./direct.ts");
  return direct.directNotices(start);
}
