import { splitHostPort } from "../go/host-port.ts";
import { formatIp, type Ip, isLoopback, parseIp, unmap } from "../go/ip.ts";
import { formatPrefix, type IpPrefix, parseNetwork } from "../go/ip-prefix.ts";
import type { GrpcTarget } from "./grpc-target.ts";

/**
 * Reports whether Go's gRPC library would connect to a server through the proxy in `HTTPS_PROXY`. `exceptions`: the value of `NO_PROXY`, a
 * list of names, domains, addresses and networks (golang.org/x/net/http/httpproxy).
 */
export function isProxied({ host, port }: GrpcTarget, exceptions: string): boolean {
  const ip = parseIp(host);
  if (host === "localhost" || (ip !== undefined && isLoopback(ip))) return false;
  const name = host.toLowerCase();
  return !exceptions.split(",").some((each) => covers(each.trim().toLowerCase(), ip ?? name, port));
}

function covers(exception: string, server: Ip | string, port: number): boolean {
  if (exception === "*") return true;
  const network = parseNetwork(exception);
  if (network.ok) return typeof server !== "string" && isIn(server, network.value);
  const split = splitHostPort(exception);
  if (split.ok && split.value.port !== "" && split.value.port !== String(port)) return false;
  const host = split.ok ? split.value.host : exception;
  const ip = parseIp(host);
  if (typeof server !== "string") return ip !== undefined && formatIp(unmap(ip)) === formatIp(unmap(server));
  return ip === undefined && isInDomain(server, host);
}

/** `domain`: with a dot or `*.` before it, the domain itself is not meant. */
function isInDomain(name: string, domain: string): boolean {
  const suffix = domain.replace(/^\*?\./, "");
  return suffix !== "" && (name.endsWith(`.${suffix}`) || (name === domain && domain === suffix));
}

function isIn(ip: Ip, network: IpPrefix): boolean {
  const own = parseNetwork(`${formatIp(unmap(ip))}/${network.bits}`);
  return own.ok && formatPrefix(own.value) === formatPrefix(network);
}
