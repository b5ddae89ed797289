import type { JsonObject } from "../../go/json-value.ts";
import { messageOf, textOf } from "../../settings/access.ts";
import type { ProtoMessage } from "../../settings/schema.ts";

/** The fields of TLS settings, with the metadata that stands above each (spec 1.30 §7.7). */
const ROOT = ["caCertificates", "TLS_CLIENT_ROOT_CERT"] as const;
const CLIENT = [
  ["clientCertificate", "TLS_CLIENT_CERT_CHAIN"],
  ["privateKey", "TLS_CLIENT_KEY"],
] as const;

/**
 * The files the bootstrap names for TLS to the tracer, the metrics and the access log service; with hot restart a change
 * of one starts the next epoch. Those of ISTIO_MUTUAL come over SDS and have no file.
 */
export function watchedFiles(config: ProtoMessage, metadata: JsonObject): readonly string[] {
  const settings = [
    messageOf(messageOf(config, "tracing"), "tlsSettings"),
    messageOf(messageOf(config, "envoyMetricsService"), "tlsSettings"),
    messageOf(messageOf(config, "envoyAccessLogService"), "tlsSettings"),
  ];
  const named = settings.flatMap((tls) => {
    const mode = textOf(tls, "mode");
    const fields = mode === "MUTUAL" ? [ROOT, ...CLIENT] : mode === "SIMPLE" ? [ROOT] : [];
    return fields.map(([field, key]) => {
      const above = metadata[key];
      return typeof above === "string" && above !== "" ? above : textOf(tls, field);
    });
  });
  return [...new Set(named)].filter((path) => path !== "");
}
