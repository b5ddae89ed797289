import { SECOND } from "../go/duration.ts";
import type { JsonObject } from "../go/json-value.ts";
import { durationOf, messageOf, numberOf } from "../settings/access.ts";
import type { ProtoMessage } from "../settings/schema.ts";

/**
 * `upstream_connection_options` of a service, absent without keepalive settings. Upstream writes each member as an
 * object, and only those above zero, in whole seconds (spec 1.6 §7.7, 1.30 §7.7).
 */
export function keepaliveOf(service: ProtoMessage | undefined): JsonObject | undefined {
  const settings = messageOf(service, "tcpKeepalive");
  if (settings === undefined) return undefined;
  const seconds = (field: string) => Number((durationOf(settings, field) ?? 0n) / SECOND);
  const members: readonly (readonly [string, number])[] = [
    ["keepalive_probes", numberOf(settings, "probes")],
    ["keepalive_time", seconds("time")],
    ["keepalive_interval", seconds("interval")],
  ];
  return { tcp_keepalive: Object.fromEntries(members.filter(([, value]) => value > 0).map(([name, value]) => [name, { value }])) };
}
