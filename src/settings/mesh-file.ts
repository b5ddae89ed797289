import { formatDuration, MILLISECOND, SECOND } from "../go/duration.ts";
import { isObject } from "../go/json.ts";
import { durationOf, numberOf } from "./access.ts";
import { durationProblem, portProblem } from "./checks.ts";
import { decodeLayer, type Layer } from "./layer.ts";
import { message } from "./messages.ts";
import { enumOf, type FieldType, type ProtoMessage } from "./schema.ts";

/** Fields of a mesh config beside `defaultConfig`. They are checked like upstream does, then not used. */
export const MESH_FIELDS: Readonly<Record<string, FieldType>> = {
  proxyListenPort: "int32",
  proxyHttpPort: "int32",
  connectTimeout: "duration",
  protocolDetectionTimeout: "duration",
  ingressClass: "string",
  ingressService: "string",
  ingressControllerMode: enumOf("istio.mesh.v1alpha1.MeshConfig_IngressControllerMode", "UNSPECIFIED", "OFF", "DEFAULT", "STRICT"),
  enableTracing: "bool",
  accessLogFile: "string",
  accessLogFormat: "string",
  accessLogEncoding: enumOf("istio.mesh.v1alpha1.MeshConfig_AccessLogEncoding", "TEXT", "JSON"),
  enableEnvoyAccessLogService: "bool",
  outboundTrafficPolicy: message({
    name: "OutboundTrafficPolicy",
    fields: { mode: enumOf("istio.mesh.v1alpha1.MeshConfig_OutboundTrafficPolicy_Mode", "REGISTRY_ONLY", "ALLOW_ANY") },
  }),
  enableAutoMtls: { wrapper: "bool" },
  trustDomain: "string",
  trustDomainAliases: { list: "string" },
  defaultServiceExportTo: { list: "string" },
  defaultVirtualServiceExportTo: { list: "string" },
  defaultDestinationRuleExportTo: { list: "string" },
  rootNamespace: "string",
  dnsRefreshRate: "duration",
  inboundClusterStatName: "string",
  outboundClusterStatName: "string",
};

const DEFAULTS: ProtoMessage = { proxyListenPort: 15001, connectTimeout: 10_000_000_000n, protocolDetectionTimeout: 100_000_000n };
const THIRTY_SECONDS = 30n * SECOND;

/**
 * The problems of a mesh config outside its `defaultConfig`: a file may be refused for them, though nothing else of it
 * is used (spec 1.6 §5.6, 1.30 §5.2).
 */
export function meshProblems(fields: Readonly<Record<string, FieldType>>, document: unknown, layer: Layer): ReturnType<typeof decodeLayer> {
  const rest = isObject(document)
    ? Object.fromEntries(Object.entries(document).filter(([key]) => key !== "defaultConfig" && key !== "default_config"))
    : document;
  const decoded = decodeLayer({ name: "MeshConfig", fields }, DEFAULTS, rest, layer);
  const broken = brokenRules(decoded.value).map((text) => `${text} (${layer.origin})`);
  return { ...decoded, problems: [...decoded.problems, ...broken] };
}

function brokenRules(mesh: ProtoMessage): readonly string[] {
  const port = portProblem(numberOf(mesh, "proxyListenPort"));
  const connect = durationOf(mesh, "connectTimeout");
  const timeout = durationProblem(connect);
  const detection = durationOf(mesh, "protocolDetectionTimeout") ?? 0n;
  return [
    ...(port === undefined ? [] : [`invalid proxy listen port: ${port}`]),
    ...(timeout === undefined ? [] : [`invalid connect timeout: ${timeout}`]),
    ...(connect !== undefined && connect > THIRTY_SECONDS
      ? [`invalid connect timeout: time ${formatDuration(connect)} must be >1ms and <30s`]
      : []),
    ...(detection % MILLISECOND === 0n ? [] : ["invalid protocol detection timeout: only durations to ms precision are supported"]),
  ];
}
