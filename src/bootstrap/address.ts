import { type HostPort, splitHostPort } from "../go/host-port.ts";
import { atoi } from "../go/number.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";

/** A socket address of the bootstrap. */
export interface SocketAddress {
  readonly address: string;
  readonly port_value: number;
}

/** The ProxyConfig field that each parameter of a template comes from. */
const FIELDS: Readonly<Record<string, string>> = {
  discovery: "discoveryAddress",
  statsd: "statsdUdpAddress",
  envoy_metrics_service: "envoyMetricsService.address",
  envoy_metrics_service_address: "envoyMetricsServiceAddress",
  envoy_accesslog_service: "envoyAccessLogService.address",
};

/** The field that a parameter comes from: a tracer's is named as it is. */
export function fieldOf(parameter: string): string {
  return FIELDS[parameter] ?? `tracing.${parameter}.address`;
}

/** Host and port of an address, brackets removed; the error names the template's parameter it is for. */
export function splitAddress(parameter: string, address: string): Parsed<HostPort> {
  const split = splitHostPort(address);
  return split.ok ? split : bad(`unable to parse ${parameter} address "${address}": ${split.error}`);
}

/**
 * `host:port` for the bootstrap. Upstream copies the port as it stands, which breaks the document when it is no number or
 * has a sign or a leading zero; here the first is an error and the others are the number (spec 1.6 §7.2, 1.30 §7.6).
 */
export function socketAddress(parameter: string, address: string): Parsed<SocketAddress> {
  const split = splitAddress(parameter, address);
  if (!split.ok) return split;
  const { host, port } = split.value;
  const number = atoi(port);
  if (!number.ok || number.value < 0) return bad(`unable to parse ${parameter} address "${address}": port "${port}" is not a number`);
  return ok({ address: host, port_value: number.value });
}
