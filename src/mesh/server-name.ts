import { splitHostPort, withoutDot } from "../go/host-port.ts";
import { parseIp } from "../go/ip.ts";
import type { TlsPlan } from "./mesh-plan.ts";

/**
 * Returns the name or address that the certificate of a server must have: without a port and brackets around an address. Go removes them from
 * what ISTIOD_SAN says (contract 1.30 §13b). A dot at the end stays: see `matchesName`.
 */
export function verifiedName(serverName: string): string {
  const split = splitHostPort(serverName);
  const host = split.ok ? split.value.host : serverName;
  const inBrackets = /^\[(.*)\]$/.exec(host)?.[1];
  return inBrackets !== undefined && parseIp(inBrackets) !== undefined ? inBrackets : host;
}

/** Returns the name of a server for a message, with the setting that it is from. */
export function shownName({ serverName, nameOrigin }: TlsPlan): string {
  return nameOrigin === undefined ? serverName : `${serverName} (${nameOrigin})`;
}

/** Returns the name that a client sends in the handshake (SNI); undefined for an address, which must not be sent, and for what is no name. */
export function sentServerName(serverName: string): string | undefined {
  const name = withoutDot(verifiedName(serverName));
  return /^[\x21-\x7e]+$/.test(name) && !isAddress(name) ? name : undefined;
}

/** Returns whether a host looks like an IP address: IPv6, also with a zone, or four decimal numbers. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}
