import type { Notice } from "../../common/notice.ts";
import { PORT } from "../../settings/ports.ts";
import { defineProfile } from "../profile.ts";
import { adviceOf } from "./advice.ts";
import type { Contract, Start } from "./contract.ts";
import { PROXY_FLAGS, ROOT_FLAGS } from "./flags.ts";
import { lifecycleOf } from "./lifecycle.ts";
import { nodeOf, RELEASE } from "./metadata.ts";
import { type Parameters, parametersOf } from "./parameters.ts";
import { platformQuestions } from "./platform.ts";
import { processPlan } from "./process-plan.ts";
import { PROXY_CONFIG_RULES } from "./proxy-config.ts";
import { renderStock } from "./render.ts";
import { decideSecurity, outputQuestions, securityQuestions } from "./security.ts";
import { ADMIN_QUESTIONS, readinessOf, statusPlan } from "./status.ts";
import { socketPaths, usesMesh } from "./trust.ts";
import { VARIABLE_PREFIXES, VARIABLES } from "./variables.ts";

/** The contract of Istio 1.30 (docs/contracts/istio-1.30.md). */
export const ISTIO_1_30 = defineProfile<Contract, Parameters>({
  name: "istio-1.30",
  release: RELEASE,
  versionPrefix: "client version: ",
  debugPorts: [PORT.admin, 15004, PORT.status, PORT.ready],
  waits: true,
  adminQuestions: ADMIN_QUESTIONS,
  rootFlags: ROOT_FLAGS,
  proxyFlags: PROXY_FLAGS,
  variables: VARIABLES,
  variablePrefixes: VARIABLE_PREFIXES,
  logLevels: { base: "default:info,grpc:none", badLevel: (_, level) => `invalid output level '${level}'` },
  roles: ["sidecar", "router", "waypoint", "ztunnel", "agentgateway"],
  roleError: (role) => `invalid proxy Type: "${role}"; valid roles are sidecar, router, waypoint, ztunnel and agentgateway`,
  proxyConfig: PROXY_CONFIG_RULES,
  xdsSources: ["agent", "direct", "file"],
  epochFile: (epoch) => (epoch === 0 ? "envoy-rev" : `envoy-rev${epoch}`),
  generationStatus: 255,
  questions: (settings) => [...securityQuestions(settings), ...outputQuestions(settings), ...platformQuestions(settings)],
  decideSecurity(start) {
    const { notices, removals } = decideSecurity(start);
    return { config: start.config, notices: [...notices, ...directNotices(start)], removals };
  },
  node: nodeOf,
  lifecycle: lifecycleOf,
  parameters: parametersOf,
  render: renderStock,
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
  advice: adviceOf,
});

/** Loads the rules of a mesh, which a start needs only after Envoy's. */
function lazy(): typeof import("./mesh.ts") {
  return require("./mesh.ts");
}

function directNotices(start: Start): readonly Notice[] {
  if (start.settings.invocation.switches.xds.kind !== "direct" || !start.generates) return [];
  const direct: typeof import("./direct.ts") = require("./direct.ts");
  return direct.directNotices(start);
}
