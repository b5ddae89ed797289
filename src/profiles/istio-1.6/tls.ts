import type { Notice } from "../../common/notice.ts";
import type { JsonObject } from "../../go/json-value.ts";
import type { MetadataKey, Node, TlsSettings } from "./contract.ts";

/** A TLS context, or the notices about invalid settings. */
export interface TlsResult {
  readonly context?: JsonObject;
  readonly notices: readonly Notice[];
}

// As upstream: ISTIO_MUTUAL without files uses the certificate chain as CA and the root as client certificate (contract 1.6 §7.6).
const MUTUAL_DEFAULTS = {
  caCertificates: "/etc/certs/cert-chain.pem",
  clientCertificate: "/etc/certs/root-cert.pem",
  privateKey: "/etc/certs/key.pem",
};

/** Returns the TLS context of settings: files, names and ALPN (contract 1.6 §7.6). */
export function tlsContext(service: string, settings: TlsSettings | undefined, metadata: Node["metadata"]): TlsResult {
  const mode = settings?.mode;
  if (mode !== "SIMPLE" && mode !== "MUTUAL" && mode !== "ISTIO_MUTUAL") return { notices: [] };
  const mutual = mode === "ISTIO_MUTUAL";
  const file = (field: keyof typeof MUTUAL_DEFAULTS) => settings?.[field] || (mutual ? MUTUAL_DEFAULTS[field] : "");
  const [chain, key] = [file("clientCertificate"), file("privateKey")];
  if (mode !== "SIMPLE" && (chain === "" || key === ""))
    return {
      notices: [
        { level: "error", text: `failed to apply tls setting for ${service}: client certificate and private key must not be empty` },
      ],
    };
  const certificate = {
    certificate_chain: { filename: fromMetadata(metadata, "TLS_CLIENT_CERT_CHAIN") || chain },
    private_key: { filename: fromMetadata(metadata, "TLS_CLIENT_KEY") || key },
  };
  const validation = validationOf(file("caCertificates"), settings?.subjectAltNames ?? [], metadata);
  const sni = settings?.sni || (mutual ? service : "");
  return {
    context: {
      common_tls_context: {
        ...(mode === "SIMPLE" ? {} : { tls_certificates: [certificate] }),
        ...(validation && { validation_context: validation }),
        alpn_protocols: mutual ? ["istio", "h2"] : ["h2"],
      },
      ...(sni && { sni }),
    },
    notices: [],
  };
}

function validationOf(ca: string, names: readonly string[], metadata: Node["metadata"]): JsonObject | undefined {
  if (ca === "" && names.length === 0) return undefined;
  return {
    ...(ca && { trusted_ca: { filename: fromMetadata(metadata, "TLS_CLIENT_ROOT_CERT") || ca } }),
    ...(names.length > 0 ? { verify_subject_alt_name: names } : {}),
  };
}

/** Returns the transport socket of a tracer; only lightstep uses HTTP/2 and keeps ALPN. */
export function tracerSocket(context: JsonObject, keepsAlpn: boolean): JsonObject {
  const common = context["common_tls_context"] as JsonObject; // as built above
  const { alpn_protocols: _, ...withoutAlpn } = common;
  return {
    name: "tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.api.v2.auth.UpstreamTlsContext",
      ...context,
      common_tls_context: keepsAlpn ? common : withoutAlpn,
    },
  };
}

function fromMetadata(metadata: Node["metadata"], key: MetadataKey): string {
  const value = metadata[key];
  return typeof value === "string" ? value : "";
}
