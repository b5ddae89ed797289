import { bad, ok, type Parsed } from "./parsed.ts";

export type HostPort = { readonly host: string; readonly port: string };

/** Splits "host:port" or "[host]:port": Go's `net.SplitHostPort`. The port is not validated. */
export function splitHostPort(address: string): Parsed<HostPort> {
  const refuse = (why: string) => bad(address === "" ? why : `address ${address}: ${why}`);
  const colon = address.lastIndexOf(":");
  if (colon < 0) return refuse("missing port in address");

  const bracketed = address.startsWith("[");
  const end = address.indexOf("]");
  if (bracketed && end < 0) return refuse("missing ']' in address");
  if (bracketed && end + 1 !== colon) {
    return refuse(address[end + 1] === ":" ? "too many colons in address" : "missing port in address");
  }
  const host = bracketed ? address.slice(1, end) : address.slice(0, colon);
  if (!bracketed && host.includes(":")) return refuse("too many colons in address");
  if (address.includes("[", bracketed ? 1 : 0)) return refuse("unexpected '[' in address");
  if (address.includes("]", bracketed ? end + 1 : 0)) return refuse("unexpected ']' in address");
  return ok({ host, port: address.slice(colon + 1) });
}

/** Returns a host name without the dot that ends an absolute one. */
export function withoutDot(name: string): string {
  return name.replace(/\.$/, "");
}

/** Joins "host:port", or "[host]:port" if the host contains a colon: Go's `net.JoinHostPort`. */
export function joinHostPort(host: string, port: string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
