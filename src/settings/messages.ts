import { PORT } from "./ports.ts";
import { enumOf, type FieldType, type MessageSchema } from "./schema.ts";

// Messages of the mesh and networking API that both releases have alike; a release adds to them where it grew.

const TEXTS: FieldType = { list: "string" };
const TEXT_MAP: FieldType = { map: "string" };

/** A message field. */
export function message(schema: () => MessageSchema): FieldType {
  return { message: schema };
}

export const AUTHENTICATION_POLICY: FieldType = {
  enum: "istio.mesh.v1alpha1.AuthenticationPolicy",
  names: ["NONE", "MUTUAL_TLS", "INHERIT"],
  numbers: [0, 1, 1000],
};

export const CLIENT_TLS_SETTINGS = (): MessageSchema => ({
  fields: {
    mode: enumOf("istio.networking.v1alpha3.ClientTLSSettings_TLSmode", "DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"),
    clientCertificate: "string",
    privateKey: "string",
    caCertificates: "string",
    subjectAltNames: TEXTS,
    sni: "string",
  },
});

export const KEEPALIVE: FieldType = message(() => ({ fields: { probes: "uint32", time: "duration", interval: "duration" } }));

const CUSTOM_TAG = (): MessageSchema => ({
  fields: {
    literal: message(() => ({ fields: { value: "string" } })),
    environment: message(() => ({ fields: { name: "string", defaultValue: "string" } })),
    header: message(() => ({ fields: { name: "string", defaultValue: "string" } })),
  },
  oneofs: [["literal", "environment", "header"]],
});

export const STACKDRIVER = (): MessageSchema => ({
  fields: {
    debug: "bool",
    maxNumberOfAttributes: { wrapper: "int64" },
    maxNumberOfAnnotations: { wrapper: "int64" },
    maxNumberOfMessageEvents: { wrapper: "int64" },
  },
});

/** Tracing with what both releases have, the TLS settings of a release, and the tracers and other fields that it adds. */
export function tracingSchema(
  tls: () => MessageSchema,
  more: Readonly<Record<string, FieldType>> = {},
  others: Readonly<Record<string, FieldType>> = {},
): MessageSchema {
  const tracers: Readonly<Record<string, FieldType>> = {
    zipkin: message(() => ({ fields: { address: "string" } })),
    lightstep: message(() => ({ fields: { address: "string", accessToken: "string" } })),
    datadog: message(() => ({ fields: { address: "string" } })),
    stackdriver: message(STACKDRIVER),
    ...more,
  };
  return {
    fields: {
      ...tracers,
      customTags: { map: message(CUSTOM_TAG) },
      maxPathTagLength: "uint32",
      sampling: "double",
      tlsSettings: message(tls),
      ...others,
    },
    oneofs: [Object.keys(tracers)],
  };
}

/** The first fields of ProxyConfig, alike in both releases but for their TLS settings. */
export function proxyConfigFields(tls: () => MessageSchema): Readonly<Record<string, FieldType>> {
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
  };
}

export const FORWARD_CLIENT_CERT: FieldType = enumOf(
  "istio.mesh.v1alpha1.Topology_ForwardClientCertDetails",
  "UNDEFINED",
  "SANITIZE",
  "FORWARD_ONLY",
  "APPEND_FORWARD",
  "SANITIZE_SET",
  "ALWAYS_FORWARD_ONLY",
);

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
