import {
  CLIENT_TLS_SETTINGS,
  FORWARD_CLIENT_CERT,
  proxyConfigFields,
  TRACER_NAMES,
  TRACERS,
  tracingFields,
} from "../../settings/messages.ts";
import { BOOL_VALUE, enumOf, type MessageSchema, message, TEXT_MAP, TEXTS } from "../../settings/schema.ts";

const DISABLED = message(() => ({ fields: { disabled: BOOL_VALUE } }));
const PRIVATE_KEY_PROVIDER = message(() => ({ fields: { pollDelay: "duration", fallback: BOOL_VALUE } }));
const HTTP_HEADER = message(() => ({ fields: { name: "string", value: "string" } }));

/** What release 1.30 can say of TLS to a service. */
export const TLS_SETTINGS = () =>
  ({
    fields: { ...CLIENT_TLS_SETTINGS().fields, credentialName: "string", insecureSkipVerify: BOOL_VALUE, caCrl: "string" },
  }) as const satisfies MessageSchema;

/** The headers a trace may travel in, for OpenCensus. */
export const OPEN_CENSUS_CONTEXT = {
  list: enumOf("TraceContext", "UNSPECIFIED", "W3C_TRACE_CONTEXT", "GRPC_BIN", "CLOUD_TRACE_CONTEXT", "B3"),
} as const;

const READINESS_PROBE = () =>
  ({
    fields: {
      initialDelaySeconds: "int32",
      timeoutSeconds: "int32",
      periodSeconds: "int32",
      successThreshold: "int32",
      failureThreshold: "int32",
      httpGet: message(() => ({
        fields: { path: "string", port: "uint32", host: "string", scheme: "string", httpHeaders: { list: HTTP_HEADER } },
      })),
      tcpSocket: message(() => ({ fields: { host: "string", port: "uint32" } })),
      exec: message(() => ({ fields: { command: TEXTS } })),
      grpc: message(() => ({ fields: { port: "uint32", service: "string" } })),
    },
    oneofs: [["httpGet", "tcpSocket", "exec", "grpc"]],
  }) as const satisfies MessageSchema;

const PROXY_HEADERS = () =>
  ({
    fields: {
      forwardedClientCert: FORWARD_CLIENT_CERT,
      setCurrentClientCertDetails: message(() => ({
        fields: { subject: BOOL_VALUE, cert: BOOL_VALUE, chain: BOOL_VALUE, dns: BOOL_VALUE, uri: BOOL_VALUE },
      })),
      requestId: DISABLED,
      server: message(() => ({ fields: { disabled: BOOL_VALUE, value: "string" } })),
      attemptCount: DISABLED,
      envoyDebugHeaders: DISABLED,
      metadataExchangeHeaders: message(() => ({ fields: { mode: enumOf("MetadataExchangeMode", "UNDEFINED", "IN_MESH") } })),
      preserveHttp1HeaderCase: BOOL_VALUE,
      xForwardedHost: message(() => ({ fields: { enabled: BOOL_VALUE } })),
      xForwardedPort: message(() => ({ fields: { enabled: BOOL_VALUE } })),
    },
  }) as const satisfies MessageSchema;

/** ProxyConfig as release 1.30 has it (spec 1.30 §5.1). */
export const PROXY_CONFIG = {
  fields: {
    ...proxyConfigFields(TLS_SETTINGS),
    tracingServiceName: enumOf(
      "istio.mesh.v1alpha1.ProxyConfig_TracingServiceName",
      "APP_LABEL_AND_NAMESPACE",
      "CANONICAL_NAME_ONLY",
      "CANONICAL_NAME_AND_NAMESPACE",
    ),
    concurrency: { wrapper: "int32" },
    interceptionMode: enumOf("istio.mesh.v1alpha1.ProxyConfig_InboundInterceptionMode", "REDIRECT", "TPROXY", "NONE"),
    tracing: message(() => ({
      fields: {
        ...TRACERS,
        openCensusAgent: message(() => ({ fields: { address: "string", context: OPEN_CENSUS_CONTEXT } })),
        ...tracingFields(TLS_SETTINGS),
        enableIstioTags: BOOL_VALUE,
      },
      oneofs: [[...TRACER_NAMES, "openCensusAgent"]],
    })),
    runtimeValues: TEXT_MAP,
    gatewayTopology: message(() => ({
      fields: {
        numTrustedProxies: "uint32",
        forwardClientCertDetails: FORWARD_CLIENT_CERT,
        proxyProtocol: message(() => ({ fields: {} })),
      },
    })),
    terminationDrainDuration: "duration",
    meshId: "string",
    readinessProbe: message(READINESS_PROBE),
    proxyStatsMatcher: message(() => ({ fields: { inclusionPrefixes: TEXTS, inclusionSuffixes: TEXTS, inclusionRegexps: TEXTS } })),
    holdApplicationUntilProxyStarts: BOOL_VALUE,
    caCertificatesPem: TEXTS,
    image: message(() => ({ fields: { imageType: "string" } })),
    privateKeyProvider: message(() => ({
      fields: { cryptomb: PRIVATE_KEY_PROVIDER, qat: PRIVATE_KEY_PROVIDER },
      oneofs: [["cryptomb", "qat"]],
    })),
    proxyHeaders: message(PROXY_HEADERS),
    fileFlushInterval: "duration",
    fileFlushMinSizeKb: "uint32",
    statsCompression: BOOL_VALUE,
  },
  oneofs: [["serviceCluster", "tracingServiceName"]],
} as const satisfies MessageSchema;
