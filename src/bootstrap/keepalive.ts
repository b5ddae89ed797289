import { SECOND } from "../go/duration.ts";
import type { JsonObject } from "../go/json-value.ts";
import type { CommonConfig } from "../settings/common-config.ts";

/**
 * Returns the `upstream_connection_options` of a service, undefined without keepalive settings. Upstream writes each member as an object,
 * and only positive values, in whole seconds (contract 1.6 §7.7, 1.30 §7.7).
 */
export function keepaliveOf(service: CommonConfig["envoyMetricsService"]): JsonObject | undefined {
  const settings = service?.tcpKeepalive;
  if (settings === undefined) return undefined;
  const seconds = (duration = 0n) => Number(duration / SECOND);
  const members: readonly (readonly [string, number])[] = [
    ["keepalive_probes", settings.probes ?? 0],
    ["keepalive_time", seconds(settings.time)],
    ["keepalive_interval", seconds(settings.interval)],
  ];
  return { tcp_keepalive: Object.fromEntries(members.filter(([, value]) => value > 0).map(([name, value]) => [name, { value }])) };
}
