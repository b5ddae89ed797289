import { formatIp, type Ip, parseIp, unmap } from "./ip.ts";
import { quote } from "./literal.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/** An address with the length of its network, as in Go's `netip.Prefix`: the other bits of the address are kept. */
export interface IpPrefix {
  readonly address: Ip;
  readonly bits: number;
}

/** Parses `address/bits`: Go's `netip.ParsePrefix`. */
export function parsePrefix(text: string): Parsed<IpPrefix> {
  const refuse = (why: string) => bad(`netip.ParsePrefix(${quote(text)}): ${why}`);
  const slash = text.lastIndexOf("/");
  if (slash < 0) return refuse("no '/'");
  const host = text.slice(0, slash);
  const bits = text.slice(slash + 1);
  const address = parseIp(host);
  if (address === undefined) return refuse(`ParseAddr(${quote(host)}): ${addressFault(host)}`);
  if (address.zone !== undefined) return refuse("IPv6 zones cannot be present in a prefix");
  if (!/^(0|[1-9][0-9]*)$/.test(bits)) return refuse(`bad bits after slash: ${quote(bits)}`);
  const length = Number(bits);
  return length > address.bytes.length * 8 ? refuse("prefix length out of range") : ok({ address, bits: length });
}

/** Parses `address/bits` to its network: Go's `net.ParseCIDR`. `family` is that of the address, IPv4 for a mapped one. */
export function parseNetwork(text: string): Parsed<IpPrefix & { readonly family: 4 | 6 }> {
  const slash = text.indexOf("/");
  const address = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const bits = text.slice(slash + 1);
  const length = Number(bits);
  if (address === undefined || address.zone !== undefined || !/^[0-9]{1,8}$/.test(bits) || length > address.bytes.length * 8)
    return bad(`invalid CIDR address: ${text}`);
  const network = unmap({ family: address.family, bytes: address.bytes.map((byte, at) => byte & maskOf(length - at * 8)) });
  const isShortened = network.family !== address.family;
  return ok({ family: unmap(address).family, address: network, bits: isShortened ? length - 96 : length });
}

/** Formats a prefix: `Prefix.String`. */
export function formatPrefix({ address, bits }: IpPrefix): string {
  return `${formatIp(address)}/${bits}`;
}

function maskOf(bits: number): number {
  return bits >= 8 ? 255 : bits <= 0 ? 0 : (255 << (8 - bits)) & 255;
}

/** Returns why a text is not an address, as `netip.ParseAddr` does for IPv4. */
function addressFault(text: string): string {
  if (text.includes(":")) return "not an IPv6 address";
  if (!text.includes(".")) return "unable to parse IP";
  const odd = /[^0-9.]/.exec(text);
  if (odd !== null) return `unexpected character (at ${quote(text.slice(odd.index))})`;
  for (const part of text.split(".")) {
    if (part === "") return "IPv4 field must have at least one digit";
    if (part.length > 1 && part.startsWith("0")) return "IPv4 field has octet with leading zero";
    if (Number(part) > 255) return "IPv4 field has value >255";
  }
  return `IPv4 address too ${text.split(".").length < 4 ? "short" : "long"}`;
}
