import { messageOf, textOf } from "../../settings/access.ts";
import type { ProtoMessage } from "../../settings/schema.ts";

/**
 * The files whose change starts the next epoch, in the order their digest is made in: TLS files of the metrics and the
 * access log service, as the configuration names them (spec 1.6 §10.5). Those of the tracer are not watched.
 */
export function watchedFiles(config: ProtoMessage): readonly string[] {
  const paths = new Set<string>();
  for (const service of ["envoyMetricsService", "envoyAccessLogService"]) {
    const tls = messageOf(messageOf(config, service), "tlsSettings");
    if (textOf(tls, "mode") === "" || textOf(tls, "mode") === "DISABLE") continue;
    for (const field of ["caCertificates", "clientCertificate", "privateKey"]) paths.add(textOf(tls, field));
  }
  paths.delete("");
  return [...paths];
}
