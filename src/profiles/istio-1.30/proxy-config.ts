import { isObject } from "../../go/json.ts";
import { parseInteger } from "../../go/number.ts";
import { hasRefusedCharacters } from "../../inputs/document.ts";
import { messageOf, optionalNumber, textOf } from "../../settings/access.ts";
import {
  adminAndPolicyProblems,
  durationProblem,
  isWholeSeconds,
  type Problem,
  requiredProblems,
  sinksProblems,
  tracingProblems,
} from "../../settings/checks.ts";
import { decodeLayer, documentOf, fieldsIn, type Layer } from "../../settings/layer.ts";
import { MESH_FIELDS, meshProblems } from "../../settings/mesh-file.ts";
import { COMMON_DEFAULTS, FORWARD_CLIENT_CERT, message, PROXY_CONFIG_FIELDS, tracingSchema } from "../../settings/messages.ts";
import { emptyRecord, enumOf, type FieldType, type MessageSchema, type ProtoMessage, type ProtoValue } from "../../settings/schema.ts";
import type { FlagContext, ProxyConfigRules } from "../profile.ts";

const DISABLED = message({ name: "Disabled", fields: { disabled: { wrapper: "bool" } } });
const TEXTS: FieldType = { list: "string" };
const PRIVATE_KEY_PROVIDER = message({ name: "PrivateKey", fields: { pollDelay: "duration", fallback: { wrapper: "bool" } } });
const HTTP_HEADER = message({ name: "HTTPHeader", fields: { name: "string", value: "string" } });
const BOOL_VALUE: FieldType = { wrapper: "bool" };

const READINESS_PROBE: MessageSchema = {
  name: "ReadinessProbe",
  fields: {
    initialDelaySeconds: "int32",
    timeoutSeconds: "int32",
    periodSeconds: "int32",
    successThreshold: "int32",
    failureThreshold: "int32",
    httpGet: message({
      name: "HTTPHealthCheckConfig",
      fields: { path: "string", port: "uint32", host: "string", scheme: "string", httpHeaders: { list: HTTP_HEADER } },
    }),
    tcpSocket: message({ name: "TCPHealthCheckConfig", fields: { host: "string", port: "uint32" } }),
    exec: message({ name: "ExecHealthCheckConfig", fields: { command: TEXTS } }),
    grpc: message({ name: "GrpcHealthCheckConfig", fields: { port: "uint32", service: "string" } }),
  },
  oneofs: [["httpGet", "tcpSocket", "exec", "grpc"]],
};

const PROXY_HEADERS: MessageSchema = {
  name: "ProxyHeaders",
  fields: {
    forwardedClientCert: FORWARD_CLIENT_CERT,
    setCurrentClientCertDetails: message({
      name: "SetCurrentClientCertDetails",
      fields: { subject: BOOL_VALUE, cert: BOOL_VALUE, chain: BOOL_VALUE, dns: BOOL_VALUE, uri: BOOL_VALUE },
    }),
    requestId: DISABLED,
    server: message({ name: "Server", fields: { disabled: BOOL_VALUE, value: "string" } }),
    attemptCount: DISABLED,
    envoyDebugHeaders: DISABLED,
    metadataExchangeHeaders: message({
      name: "MetadataExchangeHeaders",
      fields: { mode: enumOf("MetadataExchangeMode", "UNDEFINED", "IN_MESH") },
    }),
    preserveHttp1HeaderCase: BOOL_VALUE,
    xForwardedHost: message({ name: "XForwardedHost", fields: { enabled: BOOL_VALUE } }),
    xForwardedPort: message({ name: "XForwardedPort", fields: { enabled: BOOL_VALUE } }),
  },
};

/** Headers members that a layer inherits from the one below when it does not set them (spec 1.30 §5.2). */
const INHERITED_HEADERS = ["forwardedClientCert", "requestId", "attemptCount", "server", "envoyDebugHeaders"];

export const PROXY_CONFIG: MessageSchema = {
  name: "ProxyConfig",
  fields: {
    ...PROXY_CONFIG_FIELDS,
    tracingServiceName: enumOf(
      "istio.mesh.v1alpha1.ProxyConfig_TracingServiceName",
      "APP_LABEL_AND_NAMESPACE",
      "CANONICAL_NAME_ONLY",
      "CANONICAL_NAME_AND_NAMESPACE",
    ),
    concurrency: { wrapper: "int32" },
    interceptionMode: enumOf("istio.mesh.v1alpha1.ProxyConfig_InboundInterceptionMode", "REDIRECT", "TPROXY", "NONE"),
    tracing: message(
      tracingSchema({
        openCensusAgent: message({
          name: "OpenCensusAgent",
          fields: {
            address: "string",
            context: { list: enumOf("TraceContext", "UNSPECIFIED", "W3C_TRACE_CONTEXT", "GRPC_BIN", "CLOUD_TRACE_CONTEXT", "B3") },
          },
        }),
      }),
    ),
    runtimeValues: { map: "string" },
    gatewayTopology: message({
      name: "Topology",
      fields: {
        numTrustedProxies: "uint32",
        forwardClientCertDetails: FORWARD_CLIENT_CERT,
        proxyProtocol: message({ name: "ProxyProtocolConfiguration", fields: {} }),
      },
    }),
    terminationDrainDuration: "duration",
    meshId: "string",
    readinessProbe: message(READINESS_PROBE),
    proxyStatsMatcher: message({
      name: "ProxyStatsMatcher",
      fields: { inclusionPrefixes: TEXTS, inclusionSuffixes: TEXTS, inclusionRegexps: TEXTS },
    }),
    holdApplicationUntilProxyStarts: BOOL_VALUE,
    caCertificatesPem: TEXTS,
    image: message({ name: "ProxyImage", fields: { imageType: "string" } }),
    privateKeyProvider: message({
      name: "PrivateKeyProvider",
      fields: { cryptomb: PRIVATE_KEY_PROVIDER, qat: PRIVATE_KEY_PROVIDER },
      oneofs: [["cryptomb", "qat"]],
    }),
    proxyHeaders: message(PROXY_HEADERS),
    fileFlushInterval: "duration",
    fileFlushMinSizeKb: "uint32",
    statsCompression: BOOL_VALUE,
  },
  oneofs: [["serviceCluster", "tracingServiceName"]],
};

/** How release 1.30 builds and judges its ProxyConfig (spec 1.30 §5). */
export const PROXY_CONFIG_RULES: ProxyConfigRules = {
  schema: PROXY_CONFIG,
  defaults: { ...COMMON_DEFAULTS, terminationDrainDuration: 5_000_000_000n, controlPlaneAuthPolicy: "MUTUAL_TLS" },
  annotation: "proxy.istio.io/config",
  carry: (below) => below,
  merge: mergeLayers,
  applyMeshFile,
  applyFlags,
  statsdPortProblem,
  problems,
};

/** proxyMetadata is a union, some members of proxyHeaders are inherited; every other field was replaced by the decoder. */
function mergeLayers(below: ProtoMessage, decoded: ProtoMessage): ProtoMessage {
  const result: Record<string, ProtoValue> = { ...decoded };
  const metadata = messageOf(below, "proxyMetadata");
  if (metadata !== undefined) result["proxyMetadata"] = unionOf(metadata, messageOf(decoded, "proxyMetadata"));
  const [before, after] = [messageOf(below, "proxyHeaders"), messageOf(decoded, "proxyHeaders")];
  if (before === undefined || after === undefined || before === after) return result;
  const inherited = Object.entries(before).filter(([name]) => INHERITED_HEADERS.includes(name));
  result["proxyHeaders"] = { ...Object.fromEntries(inherited), ...after };
  return result;
}

function unionOf(below: ProtoMessage, above: ProtoMessage | undefined): ProtoMessage {
  const result = emptyRecord<ProtoValue>();
  for (const [name, value] of [...Object.entries(below), ...Object.entries(above ?? {})]) result[name] = value;
  return result;
}

/** Only the key `defaultConfig` counts, zeros in it do too (spec 1.30 §5.2, mesh file specifics). */
function applyMeshFile(defaults: ProtoMessage, layer: Layer): ReturnType<ProxyConfigRules["applyMeshFile"]> {
  const { document, problems: unreadable } = documentOf(layer);
  const mesh = meshProblems(MESH_FIELDS, document, layer);
  const given = isObject(document) ? document["defaultConfig"] : undefined;
  const proxy = decodeLayer(PROXY_CONFIG, defaults, given ?? null, layer, ["defaultConfig"]);
  const refused =
    given !== undefined && hasRefusedCharacters(JSON.stringify(given))
      ? [`defaultConfig in ${layer.origin}: control characters are not allowed`]
      : [];
  const value = mergeLayers(defaults, proxy.value);
  const invalid = problems(value).map((problem) => `${problem.text} (${problem.field} in ${layer.origin})`);
  return {
    value,
    problems: [...unreadable, ...mesh.problems, ...proxy.problems, ...refused, ...invalid],
    notices: [...mesh.notices, ...proxy.notices],
    fields: fieldsIn(PROXY_CONFIG, given),
  };
}

/** ISTIO_CPU_LIMIT fills an unset concurrency, the flag beats both; --serviceCluster fills an explicitly empty one (spec 1.30 §5.3). */
function applyFlags(config: ProtoMessage, { flags, variables, note }: FlagContext): ProtoMessage {
  const result: Record<string, ProtoValue> = { ...config };
  const limit = Number(variables["ISTIO_CPU_LIMIT"]);
  if (optionalNumber(config, "concurrency") === undefined && limit !== 0) {
    result["concurrency"] = limit;
    note("concurrency", "ISTIO_CPU_LIMIT");
  }
  const wanted = flags.int("concurrency") | 0;
  if (wanted !== 0) {
    result["concurrency"] = wanted;
    note("concurrency", "--concurrency");
  }
  if (config["serviceCluster"] === "") {
    result["serviceCluster"] = flags.string("serviceCluster");
    note("serviceCluster", "--serviceCluster");
  }
  return result;
}

function statsdPortProblem(port: string): string | undefined {
  const parsed = parseInteger(port, 10, 32);
  return parsed.ok && parsed.value >= 0 && parsed.value <= 65535 ? undefined : `port "${port}" is not a number from 0 to 65535`;
}

/** Spec 1.30 §5.3 step 4. */
function problems(config: ProtoMessage): readonly Problem[] {
  const required = requiredProblems(config);
  return [
    ...required.paths,
    ...clusterProblems(config),
    ...drainProblems(config),
    ...required.discovery,
    ...tracingProblems(config),
    ...sinksProblems(config),
    ...adminAndPolicyProblems(config, [
      ["proxyAdminPort", "proxy admin port"],
      ["statusPort", "status port"],
    ]),
    ...providerProblems(config),
  ];
}

function clusterProblems(config: ProtoMessage): readonly Problem[] {
  if (config["serviceCluster"] === undefined && config["tracingServiceName"] === undefined)
    return [{ field: "serviceCluster", text: "oneof service cluster or tracing service name must be specified" }];
  return config["tracingServiceName"] === undefined && textOf(config, "serviceCluster") === ""
    ? [{ field: "serviceCluster", text: "service cluster must be specified" }]
    : [];
}

function drainProblems(config: ProtoMessage): readonly Problem[] {
  const drain = config["drainDuration"];
  const value = typeof drain === "bigint" ? drain : undefined;
  const problem = durationProblem(value);
  if (problem !== undefined) return [{ field: "drainDuration", text: `invalid drain duration: ${problem}` }];
  return isWholeSeconds(value ?? 0n) ? [] : [{ field: "drainDuration", text: "drain time only supports durations to seconds precision" }];
}

function providerProblems(config: ProtoMessage): readonly Problem[] {
  const provider = messageOf(config, "privateKeyProvider");
  if (provider === undefined) return [];
  const chosen = messageOf(provider, "cryptomb") ?? messageOf(provider, "qat");
  if (chosen === undefined)
    return [{ field: "privateKeyProvider", text: "private key provider: configuration of the provider must be set" }];
  const delay = chosen["pollDelay"];
  return delay === undefined || delay === 0n ? [{ field: "privateKeyProvider", text: "pollDelay is required" }] : [];
}
