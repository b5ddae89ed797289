import { splitHostPort } from "../go/host-port.ts";
import { ok, type Parsed } from "../go/parsed.ts";
import { servicePort } from "../go/service-port.ts";
import { addressHint } from "../settings/checks.ts";

/** A gRPC server to connect to. */
export interface GrpcTarget {
  readonly host: string;
  readonly port: number;
}

/** The schemes that change nothing, without a server of DNS: `dns:///`, `dns:/` and `dns:`. */
const SCHEME = /^(?:dns|passthrough):(?:\/\/\/|\/)?(?!\/)/i;

/**
 * Returns the server that Go's gRPC library connects to by an address: `host:port` or `:port`, also after a scheme that changes nothing. The
 * port may be the name of a service, and the host of a port alone is localhost.
 */
export function grpcTarget(address: string): Parsed<GrpcTarget> {
  const split = splitHostPort(address.replace(SCHEME, ""));
  if (!split.ok) return split;
  const port = servicePort(split.value.port);
  return port.ok ? ok({ host: split.value.host || "localhost", port: port.value }) : port;
}

/** Returns what to change in an address to which `grpcTarget` finds no server, for the end of a message; empty if that is not obvious. */
export function targetHint(address: string, problem: string): string {
  return problem.endsWith("missing port in address") ? "; add the port, such as :15012" : addressHint(address);
}
