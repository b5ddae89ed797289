import type { MessageOf } from "./message-of.ts";
import { PORT } from "./ports.ts";
import type { FieldType } from "./schema.ts";

// The part of the ProxyConfig that all releases have and that modules below the profiles read. The compiler checks each release's
// schema against it.

interface Message<Fields extends Readonly<Record<string, FieldType>>> {
  readonly message: () => { readonly fields: Fields };
}
type Texts = { readonly list: "string" };

type TlsFields = {
  readonly mode: { readonly enum: string; readonly names: readonly ["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"] };
  readonly clientCertificate: "string";
  readonly privateKey: "string";
  readonly caCertificates: "string";
  readonly subjectAltNames: Texts;
  readonly sni: "string";
};

type RemoteService = Message<{
  readonly address: "string";
  readonly tlsSettings: Message<TlsFields>;
  readonly tcpKeepalive: Message<{ readonly probes: "uint32"; readonly time: "duration"; readonly interval: "duration" }>;
}>;

type Tracer = Message<{ readonly address: "string" }>;

/** The schema of these fields. */
export type CommonSchema = {
  readonly fields: {
    readonly configPath: "string";
    readonly binaryPath: "string";
    readonly serviceCluster: "string";
    readonly drainDuration: "duration";
    readonly discoveryAddress: "string";
    readonly statsdUdpAddress: "string";
    readonly envoyMetricsServiceAddress: "string";
    readonly proxyAdminPort: "int32";
    readonly statusPort: "int32";
    readonly statNameLength: "int32";
    readonly customConfigFile: "string";
    readonly proxyBootstrapTemplatePath: "string";
    readonly controlPlaneAuthPolicy: { readonly enum: string; readonly names: readonly ["NONE", "MUTUAL_TLS", "INHERIT"] };
    readonly envoyMetricsService: RemoteService;
    readonly envoyAccessLogService: RemoteService;
    readonly tracing: Message<{
      readonly zipkin: Tracer;
      readonly lightstep: Message<{ readonly address: "string"; readonly accessToken: "string" }>;
      readonly datadog: Tracer;
      readonly tlsSettings: Message<TlsFields>;
    }>;
  };
};

/** The ProxyConfig fields that both releases have. */
export type CommonConfig = MessageOf<CommonSchema>;

/** The TLS settings that both releases have. */
export type TlsSettings = MessageOf<{ readonly fields: TlsFields }>;

/** The defaults that both releases share (contract 1.6 §5.1, 1.30 §5.1). */
export const COMMON_DEFAULTS = {
  configPath: "./etc/istio/proxy",
  binaryPath: "/usr/local/bin/envoy",
  serviceCluster: "istio-proxy",
  drainDuration: 45_000_000_000n,
  discoveryAddress: `istiod.istio-system.svc:${PORT.tlsXds}`,
  proxyAdminPort: PORT.admin,
  statNameLength: 189,
  statusPort: PORT.status,
} as const satisfies CommonConfig;
