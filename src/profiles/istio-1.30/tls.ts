import type { JsonObject, JsonValue } from "../../go/json-value.ts";
import type { Node, TlsSettings } from "./contract.ts";

type TlsKey = "TLS_CLIENT_ROOT_CERT" | "TLS_CLIENT_CERT_CHAIN" | "TLS_CLIENT_KEY";

/** What a transport socket depends on beside its settings. */
export interface TlsContext {
  /** The SNI of ISTIO_MUTUAL when the settings have none. */
  readonly serviceName: string;
  /** HTTP/1 services get no ALPN. */
  readonly http2: boolean;
  readonly metadata: Pick<Node["metadata"], TlsKey>;
}

const ISTIO_MUTUAL_ALPN = ["istio", "h2"];

/** Returns the transport socket of TLS settings; undefined for DISABLE (contract 1.30 §7.7). */
export function transportSocket(settings: TlsSettings | undefined, context: TlsContext): JsonObject | undefined {
  const mode = settings?.mode;
  // A number without a name is not a mode.
  if (settings === undefined || typeof mode !== "string" || mode === "DISABLE") return undefined;
  const mutual = mode === "ISTIO_MUTUAL";
  const sni = settings.sni || (mutual ? context.serviceName : "");
  const common: Record<string, JsonValue> = { combined_validation_context: validation(settings, mutual, context) };
  const certificates = mutual ? [workloadSecret("default")] : mode === "MUTUAL" ? clientCertificate(settings, context) : [];
  if (context.http2) common["alpn_protocols"] = mutual ? ISTIO_MUTUAL_ALPN : ["h2"];
  if (certificates.length > 0) common["tls_certificate_sds_secret_configs"] = certificates;
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      common_tls_context: common,
      ...(sni && { sni }),
    },
  };
}

function validation(settings: TlsSettings, mutual: boolean, context: TlsContext): JsonObject {
  const names = (settings.subjectAltNames ?? []).map((exact) => ({ exact }));
  const root = fromMetadata(context, "TLS_CLIENT_ROOT_CERT") || (settings.caCertificates ?? "");
  const secret = mutual ? workloadSecret("ROOTCA") : root === "" ? undefined : sdsConfig(`file-root:${root}`);
  return {
    default_validation_context: names.length > 0 ? { match_subject_alt_names: names } : {},
    ...(secret && { validation_context_sds_secret_config: secret }),
  };
}

function clientCertificate(settings: TlsSettings, context: TlsContext): readonly JsonObject[] {
  const chain = fromMetadata(context, "TLS_CLIENT_CERT_CHAIN") || (settings.clientCertificate ?? "");
  const key = fromMetadata(context, "TLS_CLIENT_KEY") || (settings.privateKey ?? "");
  return chain === "" || key === "" ? [] : [sdsConfig(`file-cert:${chain}~${key}`)];
}

function fromMetadata({ metadata }: TlsContext, key: TlsKey): string {
  const value = metadata[key];
  return typeof value === "string" ? value : "";
}

/** Returns the source of the workload's own certificate or roots, which are waited for without limit. */
export function workloadSecret(name: "default" | "ROOTCA"): JsonObject {
  return sdsConfig(name, { initial_fetch_timeout: "0s" });
}

/** Returns the agent as the source of a secret. */
export function sdsConfig(name: string, more: JsonObject = {}): JsonObject {
  return {
    name,
    sds_config: {
      api_config_source: {
        api_type: "GRPC",
        grpc_services: [{ envoy_grpc: { cluster_name: "sds-grpc" } }],
        set_node_on_first_message_only: true,
        transport_api_version: "V3",
      },
      ...more,
      resource_api_version: "V3",
    },
  };
}
