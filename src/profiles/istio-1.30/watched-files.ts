import type { Config, Node } from "./contract.ts";

/** The fields of TLS settings, with the metadata key that takes precedence over each (contract 1.30 §7.7). */
const ROOT = ["caCertificates", "TLS_CLIENT_ROOT_CERT"] as const;
const CLIENT = [
  ["clientCertificate", "TLS_CLIENT_CERT_CHAIN"],
  ["privateKey", "TLS_CLIENT_KEY"],
] as const;

/**
 * Returns the TLS files in the bootstrap for tracer, metrics and access log service; with hot restart a change of one starts
 * the next epoch. Certificates of ISTIO_MUTUAL come over SDS and have no file.
 */
export function watchedFiles(config: Config, metadata: Node["metadata"]): readonly string[] {
  const { tracing, envoyMetricsService, envoyAccessLogService } = config;
  const settings = [tracing?.tlsSettings, envoyMetricsService?.tlsSettings, envoyAccessLogService?.tlsSettings];
  const named = settings.flatMap((tls) => {
    const mode = tls?.mode;
    const fields = mode === "MUTUAL" ? [ROOT, ...CLIENT] : mode === "SIMPLE" ? [ROOT] : [];
    return fields.map(([field, key]) => {
      const override = metadata[key];
      return typeof override === "string" && override !== "" ? override : (tls?.[field] ?? "");
    });
  });
  return [...new Set(named)].filter((path) => path !== "");
}
