import type { MessageOf } from "./message-of.ts";
import { PORT } from "./ports.ts";
import { enumOf, type MessageSchema, message, TEXT_MAP, TEXTS } from "./schema.ts";

// Messages of the mesh and networking API that both releases have alike; a release adds to them where it grew.

export const AUTHENTICATION_POLICY = {
  enum: "istio.mesh.v1alpha1.AuthenticationPolicy",
  names: ["NONE", "MUTUAL_TLS", "INHERIT"],
  numbers: [0, 1, 1000],
} as const;

export const CLIENT_TLS_SETTINGS = () =>
  ({
    fields: {
      mode: enumOf("istio.networking.v1alpha3.ClientTLSSettings_TLSmode", "DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"),
      clientCertificate: "string",
      privateKey: "string",
      caCertificates: "string",
      subjectAltNames: TEXTS,
      sni: "string",
    },
  }) as const satisfies MessageSchema;

export const KEEPALIVE = message(() => ({ fields: { probes: "uint32", time: "duration", interval: "duration" } }));

const CUSTOM_TAG = () =>
  ({
    fields: {
      literal: message(() => ({ fields: { value: "string" } })),
      environment: message(() => ({ fields: { name: "string", defaultValue: "string" } })),
      header: message(() => ({ fields: { name: "string", defaultValue: "string" } })),
    },
    oneofs: [["literal", "environment", "header"]],
  }) as const satisfies MessageSchema;

export const STACKDRIVER = () =>
  ({
    fields: {
      debug: "bool",
      maxNumberOfAttributes: { wrapper: "int64" },
      maxNumberOfAnnotations: { wrapper: "int64" },
      maxNumberOfMessageEvents: { wrapper: "int64" },
    },
  }) as const satisfies MessageSchema;

/** The tracers of both releases, which exclude each other. */
export const TRACERS = {
  zipkin: message(() => ({ fields: { address: "string" } })),
  lightstep: message(() => ({ fields: { address: "string", accessToken: "string" } })),
  datadog: message(() => ({ fields: { address: "string" } })),
  stackdriver: message(STACKDRIVER),
} as const;
export const TRACER_NAMES = ["zipkin", "lightstep", "datadog", "stackdriver"] as const;

/** What both releases have of tracing beside the tracers, with the TLS settings of a release. */
export function tracingFields<Tls extends MessageSchema>(tls: () => Tls) {
  return {
    customTags: { map: message(CUSTOM_TAG) },
    maxPathTagLength: "uint32",
    sampling: "double",
    tlsSettings: message(tls),
  } as const;
}

/** The first fields of ProxyConfig, alike in both releases but for their TLS settings. */
export function proxyConfigFields<Tls extends MessageSchema>(tls: () => Tls) {
  const service = message(() => ({ fields: { address: "string", tlsSettings: message(tls), tcpKeepalive: KEEPALIVE } }));
  return {
    configPath: "string",
    binaryPath: "string",
    serviceCluster: "string",
    drainDuration: "duration",
    discoveryAddress: "string",
    discoveryRefreshDelay: "duration",
    zipkinAddress: "string",
    statsdUdpAddress: "string",
    envoyMetricsServiceAddress: "string",
    proxyAdminPort: "int32",
    availabilityZone: "string",
    controlPlaneAuthPolicy: AUTHENTICATION_POLICY,
    customConfigFile: "string",
    statNameLength: "int32",
    proxyBootstrapTemplatePath: "string",
    sds: message(() => ({ fields: { enabled: "bool", k8sSaJwtPath: "string" } })),
    envoyAccessLogService: service,
    envoyMetricsService: service,
    proxyMetadata: TEXT_MAP,
    statusPort: "int32",
    extraStatTags: TEXTS,
  } as const;
}

export const FORWARD_CLIENT_CERT = enumOf(
  "istio.mesh.v1alpha1.Topology_ForwardClientCertDetails",
  "UNDEFINED",
  "SANITIZE",
  "FORWARD_ONLY",
  "APPEND_FORWARD",
  "SANITIZE_SET",
  "ALWAYS_FORWARD_ONLY",
);

type CommonTls = ReturnType<typeof CLIENT_TLS_SETTINGS>;

/** TLS settings as far as both releases have them. */
export type TlsSettings = MessageOf<CommonTls>;

/** What both releases have of ProxyConfig; each has more. */
export type CommonSchema = {
  readonly fields: ReturnType<typeof proxyConfigFields<CommonTls>> & {
    readonly tracing: {
      readonly message: () => {
        readonly fields: typeof TRACERS & ReturnType<typeof tracingFields<CommonTls>>;
        readonly oneofs: readonly [typeof TRACER_NAMES];
      };
    };
  };
};

/** A ProxyConfig as far as both releases have it. */
export type CommonConfig = MessageOf<CommonSchema>;

/** The defaults both releases share (spec 1.6 §5.1, 1.30 §5.1). */
export const COMMON_DEFAULTS = {
  configPath: "./etc/istio/proxy",
  binaryPath: "/usr/local/bin/envoy",
  serviceCluster: "istio-proxy",
  drainDuration: 45_000_000_000n,
  discoveryAddress: `istiod.istio-system.svc:${PORT.tlsXds}`,
  proxyAdminPort: PORT.admin,
  statNameLength: 189,
  statusPort: PORT.status,
} as const;
