import type { Config } from "./contract.ts";

/**
 * Returns the files whose change starts the next epoch, in the order of their digest: the TLS files of metrics and access log
 * service from the configuration (contract 1.6 §10.5). Those of the tracer are not watched.
 */
export function watchedFiles(config: Config): readonly string[] {
  const paths = new Set<string>();
  for (const service of ["envoyMetricsService", "envoyAccessLogService"] as const) {
    const tls = config[service]?.tlsSettings;
    // A number without a name is not a mode.
    if (typeof tls?.mode !== "string" || tls.mode === "DISABLE") continue;
    for (const field of ["caCertificates", "clientCertificate", "privateKey"] as const) paths.add(tls[field] ?? "");
  }
  paths.delete("");
  return [...paths];
}
