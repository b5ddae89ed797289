import { messageOf, textOf } from "../../settings/access.ts";
import type { ProtoMessage } from "../../settings/schema.ts";

/**
 * The files whose change starts the next epoch, in the order their digest is made in: TLS files of the metrics and the
 * access log service, as the configuration names them (spec 1.6 §10.5). Those of the tracer are not watched.
 */
export function watchedFiles(config: ProtoMessage): readonly string[] {
  const named = ["envoyMetricsService", "envoyAccessLogService"].flatMap((service) => {
    const tls = messageOf(messageOf(config, service), "tlsSettings");
    if (textOf(tls, "mode") === "" || textOf(tls, "mode") === "DISABLE") return [];
    return ["caCertificates", "clientCertificate", "privateKey"].map((field) => textOf(tls, field));
  });
  return [...new Set(named)].filter((path) => path !== "");
}
