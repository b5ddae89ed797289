import type { Config } from "./contract.ts";

/**
 * The files whose change starts the next epoch, in the order their digest is made in: TLS files of the metrics and the
 * access log service, as the configuration names them (contract 1.6 §10.5). Those of the tracer are not watched.
 */
export function watchedFiles(config: Config): readonly string[] {
  const paths = new Set<string>();
  for (const service of ["envoyMetricsService", "envoyAccessLogService"] as const) {
    const tls = config[service]?.tlsSettings;
    // A number without a name is none.
    if (typeof tls?.mode !== "string" || tls.mode === "DISABLE") continue;
    for (const field of ["caCertificates", "clientCertificate", "privateKey"] as const) paths.add(tls[field] ?? "");
  }
  paths.delete("");
  return [...paths];
}
