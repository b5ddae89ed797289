import { type HostPort, splitHostPort } from "../go/host-port.ts";
import { atoi } from "../go/number.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { CommonConfig } from "../settings/common-config.ts";
import type { PathOf } from "../settings/message-of.ts";

/** A socket address in the bootstrap. */
export interface SocketAddress {
  readonly address: string;
  readonly port_value: number;
}

/** The ProxyConfig field of each address parameter of a template. */
const FIELDS = {
  discovery: "discoveryAddress",
  statsd: "statsdUdpAddress",
  envoy_metrics_service: "envoyMetricsService.address",
  envoy_metrics_service_address: "envoyMetricsServiceAddress",
  envoy_accesslog_service: "envoyAccessLogService.address",
  zipkin: "tracing.zipkin.address",
  lightstep: "tracing.lightstep.address",
  datadog: "tracing.datadog.address",
} as const satisfies Readonly<Record<string, PathOf<CommonConfig>>>;

/** A template parameter that is an address. */
export type AddressParameter = keyof typeof FIELDS;

/** Returns the ProxyConfig field of a parameter. */
export function fieldOf(parameter: AddressParameter): (typeof FIELDS)[AddressParameter] {
  return FIELDS[parameter];
}

/** Splits an address into host and port, without brackets; the error names the template parameter. */
export function splitAddress(parameter: AddressParameter, address: string): Parsed<HostPort> {
  const split = splitHostPort(address);
  return split.ok ? split : bad(`unable to parse ${parameter} address "${address}": ${split.error}`);
}

/**
 * Splits `host:port` for the bootstrap. Upstream copies the port as written, which breaks the document if it is not a number or has a sign
 * or leading zero; here the former is an error and the latter is normalized (contract 1.6 §7.2, 1.30 §7.6).
 */
export function socketAddress(parameter: AddressParameter, address: string): Parsed<SocketAddress> {
  const split = splitAddress(parameter, address);
  if (!split.ok) return split;
  const { host, port } = split.value;
  const number = atoi(port);
  if (!number.ok || number.value < 0) return bad(`unable to parse ${parameter} address "${address}": port "${port}" is not a number`);
  return ok({ address: host, port_value: number.value });
}
