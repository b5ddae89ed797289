import { SECOND } from "../../go/duration.ts";
import { isDnsLabel, type Problem } from "../../settings/checks.ts";
import type { Layer, Layered } from "../../settings/layer.ts";
import { commonMeshProblems, decodeMesh, meshConfig, meshFields } from "../../settings/mesh-file.ts";
import type { MessageOf } from "../../settings/message-of.ts";
import { STACKDRIVER } from "../../settings/messages.ts";
import { BOOL_VALUE, enumOf, type FieldType, type MessageSchema, message, TEXTS } from "../../settings/schema.ts";
import { OPEN_CENSUS_CONTEXT, TLS_SETTINGS } from "./proxy-config-schema.ts";

type Fields = Readonly<Record<string, FieldType>>;

const TLS = message(TLS_SETTINGS);
const SERVICE: Fields = { service: "string", port: "uint32" };
const TAGGED: Fields = { ...SERVICE, maxTagLength: "uint32" };
const HEADERS: FieldType = {
  list: message(() => ({ fields: { name: "string", value: "string", envName: "string" }, oneofs: [["value", "envName"]] })),
};
const HTTP_SERVICE = message(() => ({ fields: { path: "string", timeout: "duration", headers: HEADERS } }));
const LOG_FORMAT: MessageSchema = { fields: { text: "string", labels: "struct" } };
const NOTHING = message(() => ({ fields: {} }));

const AUTHORIZATION: Fields = {
  ...SERVICE,
  timeout: "duration",
  failOpen: "bool",
  clearRouteCache: "bool",
  statusOnError: "string",
  includeRequestBodyInCheck: message(() => ({ fields: { maxRequestBytes: "uint32", allowPartialMessage: "bool", packAsBytes: "bool" } })),
};

const ACCESS_LOG: Fields = { ...SERVICE, logName: "string", filterStateObjectsToLog: TEXTS };

const OPEN_TELEMETRY: Fields = {
  ...TAGGED,
  http: HTTP_SERVICE,
  grpc: message(() => ({ fields: { timeout: "duration", initialMetadata: HEADERS } })),
  resourceDetectors: message(() => ({ fields: { environment: NOTHING, dynatrace: NOTHING } })),
  serviceAttributeEnrichment: enumOf("ServiceAttributeEnrichment", "ISTIO_CANONICAL", "OTEL_SEMANTIC_CONVENTIONS"),
  dynatraceSampler: message(() => ({
    fields: {
      tenant: "string",
      clusterId: "int32",
      rootSpansPerMinute: "uint32",
      httpService: message(() => ({ fields: { ...SERVICE, http: HTTP_SERVICE } })),
    },
  })),
};

const EXTENSION_PROVIDERS: Readonly<Record<string, Fields>> = {
  envoyExtAuthzHttp: {
    ...AUTHORIZATION,
    pathPrefix: "string",
    includeHeadersInCheck: TEXTS,
    includeRequestHeadersInCheck: TEXTS,
    includeAdditionalHeadersInCheck: { map: "string" },
    headersToUpstreamOnAllow: TEXTS,
    headersToDownstreamOnDeny: TEXTS,
    headersToDownstreamOnAllow: TEXTS,
  },
  envoyExtAuthzGrpc: AUTHORIZATION,
  zipkin: {
    ...TAGGED,
    enable64bitTraceId: "bool",
    // An underscore before a digit does not follow from the JSON name either.
    enable_64bit_trace_id: "bool",
    path: "string",
    traceContextOption: enumOf("TraceContextOption", "USE_B3", "USE_B3_WITH_W3C_PROPAGATION"),
    timeout: "duration",
    headers: HEADERS,
  },
  lightstep: { ...TAGGED, accessToken: "string" },
  datadog: TAGGED,
  stackdriver: {
    ...STACKDRIVER().fields,
    maxTagLength: "uint32",
    logging: message(() => ({ fields: { labels: { map: "string" } } })),
  },
  opencensus: { ...TAGGED, context: OPEN_CENSUS_CONTEXT },
  skywalking: { ...SERVICE, accessToken: "string" },
  opentelemetry: OPEN_TELEMETRY,
  prometheus: {},
  envoyFileAccessLog: {
    path: "string",
    logFormat: message(() => ({ ...LOG_FORMAT, oneofs: [["text", "labels"]] })),
    omitEmptyValues: "bool",
  },
  envoyHttpAls: {
    ...ACCESS_LOG,
    additionalRequestHeadersToLog: TEXTS,
    additionalResponseHeadersToLog: TEXTS,
    additionalResponseTrailersToLog: TEXTS,
  },
  envoyTcpAls: ACCESS_LOG,
  envoyOtelAls: { ...SERVICE, logName: "string", logFormat: message(() => LOG_FORMAT) },
  sds: { ...SERVICE, name: "string" },
};

const EXTENSION_PROVIDER = message(() => ({
  fields: {
    name: "string",
    ...Object.fromEntries(Object.entries(EXTENSION_PROVIDERS).map(([name, fields]) => [name, message(() => ({ fields }))])),
  },
  oneofs: [Object.keys(EXTENSION_PROVIDERS)],
}));

const LABEL_SELECTOR = message(() => ({
  fields: {
    matchLabels: { map: "string" },
    matchExpressions: {
      list: message(() => ({ fields: { key: "string", operator: "string", values: TEXTS } })),
    },
  },
}));

const TLS_CONFIG = message(() => ({
  fields: {
    minProtocolVersion: enumOf("istio.mesh.v1alpha1.MeshConfig_TLSConfig_TLSProtocol", "TLS_AUTO", "TLSV1_2", "TLSV1_3"),
    ecdhCurves: TEXTS,
    cipherSuites: TEXTS,
  },
}));

const MESH_SCHEMA = {
  fields: {
    ...meshFields(TLS_SETTINGS, { failoverPriority: TEXTS }),
    proxyInboundListenPort: "int32",
    hboneIdleTimeout: "duration",
    ingressSelector: "string",
    disableEnvoyListenerLog: "bool",
    outboundTrafficPolicy: message(() => ({
      fields: {
        mode: {
          enum: "istio.mesh.v1alpha1.MeshConfig_OutboundTrafficPolicy_Mode",
          names: ["REGISTRY_ONLY", "ALLOW_ANY", "ALLOW_ANY_DYNAMIC_DNS"],
          numbers: [0, 1, 3],
        },
        tls: TLS,
      },
    })),
    inboundTrafficPolicy: message(() => ({
      fields: { mode: enumOf("istio.mesh.v1alpha1.MeshConfig_InboundTrafficPolicy_Mode", "PASSTHROUGH", "LOCALHOST") },
    })),
    caCertificates: {
      list: message(() => ({
        fields: { pem: "string", spiffeBundleUrl: "string", certSigners: TEXTS, trustDomains: TEXTS },
        oneofs: [["pem", "spiffeBundleUrl"]],
      })),
    },
    serviceScopeConfigs: {
      list: message(() => ({
        fields: {
          namespaceSelector: LABEL_SELECTOR,
          servicesSelector: LABEL_SELECTOR,
          scope: enumOf("istio.mesh.v1alpha1.MeshConfig_ServiceScopeConfigs_Scope", "LOCAL", "GLOBAL"),
        },
      })),
    },
    verifyCertificateAtClient: BOOL_VALUE,
    ca: message(() => ({ fields: { address: "string", tlsSettings: TLS, requestTimeout: "duration", istiodSide: "bool" } })),
    extensionProviders: { list: EXTENSION_PROVIDER },
    defaultProviders: message(() => ({ fields: { tracing: TEXTS, metrics: TEXTS, accessLogging: TEXTS } })),
    discoverySelectors: { list: LABEL_SELECTOR },
    pathNormalization: message(() => ({
      fields: {
        normalization: enumOf(
          "istio.mesh.v1alpha1.MeshConfig_ProxyPathNormalization_NormalizationType",
          "DEFAULT",
          "NONE",
          "BASE",
          "MERGE_SLASHES",
          "DECODE_AND_MERGE_SLASHES",
        ),
      },
    })),
    defaultHttpRetryPolicy: message(() => ({
      fields: {
        attempts: "int32",
        perTryTimeout: "duration",
        retryOn: "string",
        retryRemoteLocalities: BOOL_VALUE,
        retryIgnorePreviousHosts: BOOL_VALUE,
        backoff: "duration",
      },
    })),
    meshMTLS: TLS_CONFIG,
    // The field's own name has a capital letter, and so does not follow from the JSON name.
    mesh_mTLS: TLS_CONFIG,
    tlsDefaults: TLS_CONFIG,
  },
} as const satisfies MessageSchema;

/** The mesh config of release 1.30 (spec 1.30 §5.2). */
export const MESH_CONFIG = meshConfig({
  schema: MESH_SCHEMA,
  defaults: {
    proxyListenPort: 15001,
    connectTimeout: 10_000_000_000n,
    localityLbSetting: { enabled: true },
    trustDomain: "cluster.local",
  },
  problems: (mesh) => [
    ...commonMeshProblems(mesh, { connectLimit: 3600n * SECOND, isWrongFailover: (from, to) => /[/*]/.test(from + to) }),
    ...trustDomainProblems(mesh),
    ...curveProblems(mesh),
  ],
});

type Mesh = MessageOf<typeof MESH_SCHEMA>;

function trustDomainProblems({ trustDomain = "", trustDomainAliases = [] }: Mesh): readonly Problem[] {
  const domains = [["trustDomain", trustDomain] as const, ...trustDomainAliases.map((alias) => ["trustDomainAliases", alias] as const)];
  return domains
    .filter(([, domain]) => !isTrustDomain(domain))
    .map(([field, domain]) => ({ field, text: `invalid trust domain "${domain}" in ${field}` }));
}

/** Labels of DNS names with dots between them, and one behind them if need be. */
function isTrustDomain(domain: string): boolean {
  return domain
    .replace(/(?<=.)\.$/, "")
    .split(".")
    .every(isDnsLabel);
}

function curveProblems(mesh: Mesh): readonly Problem[] {
  const field = (["meshMTLS", "mesh_mTLS"] as const).find((each) => (mesh[each]?.ecdhCurves ?? []).length > 0);
  return field === undefined ? [] : [{ field: `${field}.ecdhCurves`, text: "meshMTLS takes no ecdhCurves" }];
}

/** What is wrong with a mesh config of release 1.30 outside its `defaultConfig` (spec 1.30 §5.2, mesh file specifics). */
export function meshProblems(document: unknown, layer: Layer, proxyConfig: MessageSchema): Layered<Mesh> {
  return decodeMesh(MESH_CONFIG, document, layer, proxyConfig);
}
