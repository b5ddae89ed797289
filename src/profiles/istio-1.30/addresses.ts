import { ConfigError } from "../../common/errors.ts";
import { formatIp, isLinkLocalMulticast, isLinkLocalUnicast, isLoopback, parseIp, unmap } from "../../go/ip.ts";
import type { Inputs } from "../../inputs/inputs.ts";
import type { Annotations } from "../../settings/annotations.ts";

const EXCLUDED_INTERFACES = "traffic.sidecar.istio.io/excludeInterfaces";

/**
 * Returns the node's addresses: INSTANCE_IP first, then those of the interfaces that are neither link-local nor on an excluded
 * interface; the loopbacks if the interfaces have none (contract 1.30 §4.1).
 */
export function nodeAddresses(
  interfaces: Inputs["interfaces"],
  instanceIp: string,
  annotations: Annotations | undefined,
): readonly string[] {
  const instance = parseIp(instanceIp);
  const list = instance === undefined ? [] : [formatIp(instance)];
  const names = annotations?.get(EXCLUDED_INTERFACES)?.split(",") ?? [];
  const scanned: string[] = [];
  const excluded: string[] = [];
  for (const entry of interfaces) {
    const address = usable(entry.address);
    if (address === undefined) continue;
    if (!entry.loopback) scanned.push(address);
    if (names.includes(entry.name)) excluded.push(address);
  }
  const candidates = scanned.length > 0 ? scanned : ["127.0.0.1", "::1"];
  return [...list, ...candidates.filter((address) => !excluded.includes(address) && !list.includes(address))];
}

/** Returns an address in canonical form; undefined for loopback and link-local ones. */
function usable(address: string): string | undefined {
  const parsed = parseIp(address);
  if (parsed === undefined) return undefined;
  const ip = unmap(parsed);
  return isLoopback(ip) || isLinkLocalUnicast(ip) || isLinkLocalMulticast(ip) ? undefined : formatIp(ip);
}

/** Reports the address families of a list; invalid entries do not count, an empty list satisfies both (contract 1.30 §4.2). */
export function familiesOf(addresses: readonly string[]): { readonly allV4: boolean; readonly allV6: boolean } {
  const families = addresses.map((address) => parseIp(address)?.family);
  return { allV4: !families.includes(6), allV6: !families.includes(4) };
}

/** Addresses to listen on, and the family for DNS lookups (contract 1.30 §7.5). */
export interface Family {
  readonly localhost: string;
  readonly wildcard: string;
  readonly additionalLocalhost?: string;
  readonly additionalWildcard?: string;
  readonly dnsLookupFamily: string;
}

const V4 = { localhost: "127.0.0.1", wildcard: "0.0.0.0" };
const V6 = { localhost: "::1", wildcard: "::" };

/** Returns where Envoy listens on a node with these addresses. @throws ConfigError */
export function familyOf(addresses: readonly string[], dualStack: boolean): Family {
  const { allV4, allV6 } = familiesOf(addresses);
  if (allV4) return { ...V4, dnsLookupFamily: "V4_ONLY" };
  if (allV6) return { ...V6, dnsLookupFamily: "V6_ONLY" };
  if (!dualStack) return { ...V4, dnsLookupFamily: "V4_ONLY" };
  const [first = ""] = addresses;
  if (parseIp(first) === undefined)
    throw new ConfigError("Cannot render the bootstrap", [`the first node address "${first}" is not an IP address (INSTANCE_IP)`]);
  const [own, other] = isGlobalV6(first) ? [V6, V4] : [V4, V6];
  return { ...own, additionalLocalhost: other.localhost, additionalWildcard: other.wildcard, dnsLookupFamily: "ALL" };
}

/** Reports whether an address is IPv6 and not link-local. */
export function isGlobalV6(address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && ip.family === 6 && !isLinkLocalUnicast(ip);
}
