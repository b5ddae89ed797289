import { splitHostPort } from "../go/host-port.ts";
import { isDigits } from "../go/number.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";

/** A socket address of the bootstrap. */
export interface SocketAddress {
  readonly address: string;
  readonly port_value: number;
}

/**
 * `host:port` for the bootstrap, brackets removed. Upstream copies the port as it stands, which breaks the document when
 * it is no number; here that is an error (spec 1.6 §7.2, 1.30 §7.6).
 */
export function socketAddress(parameter: string, address: string): Parsed<SocketAddress> {
  const split = splitHostPort(address);
  if (!split.ok) return bad(`unable to parse ${parameter} address "${address}": ${split.error}`);
  const { host, port } = split.value;
  if (!isDigits(port) || port.length > 10) return bad(`unable to parse ${parameter} address "${address}": port "${port}" is not a number`);
  return ok({ address: host, port_value: Number(port) });
}
