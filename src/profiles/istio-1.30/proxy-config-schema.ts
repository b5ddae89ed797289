import { CLIENT_TLS_SETTINGS, FORWARD_CLIENT_CERT, message, proxyConfigFields, tracingSchema } from "../../settings/messages.ts";
import { enumOf, type FieldType, type MessageSchema } from "../../settings/schema.ts";

const DISABLED = message(() => ({ fields: { disabled: { wrapper: "bool" } } }));
const TEXTS: FieldType = { list: "string" };
const PRIVATE_KEY_PROVIDER = message(() => ({ fields: { pollDelay: "duration", fallback: { wrapper: "bool" } } }));
const HTTP_HEADER = message(() => ({ fields: { name: "string", value: "string" } }));
const BOOL_VALUE: FieldType = { wrapper: "bool" };

/** What release 1.30 can say of TLS to a service. */
export const TLS_SETTINGS = (): MessageSchema => ({
  fields: { ...CLIENT_TLS_SETTINGS().fields, credentialName: "string", insecureSkipVerify: BOOL_VALUE, caCrl: "string" },
});

/** The headers a trace may travel in, for OpenCensus. */
export const OPEN_CENSUS_CONTEXT: FieldType = {
  list: enumOf("TraceContext", "UNSPECIFIED", "W3C_TRACE_CONTEXT", "GRPC_BIN", "CLOUD_TRACE_CONTEXT", "B3"),
};

const READINESS_PROBE = (): MessageSchema => ({
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
});

const PROXY_HEADERS = (): MessageSchema => ({
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
});

/** ProxyConfig as release 1.30 has it (spec 1.30 §5.1). */
export const PROXY_CONFIG: MessageSchema = {
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
    tracing: message(() =>
      tracingSchema(
        TLS_SETTINGS,
        {
          openCensusAgent: message(() => ({
            fields: {
              address: "string",
              context: OPEN_CENSUS_CONTEXT,
            },
          })),
        },
        { enableIstioTags: BOOL_VALUE },
      ),
    ),
    runtimeValues: { map: "string" },
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
};
