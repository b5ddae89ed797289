import { formatIp, isLoopback, isUnspecified, parseIp, unmap } from "../../go/ip.ts";
import type { Inputs } from "../../inputs/inputs.ts";

/**
 * Returns the node's addresses: --ip unchanged, else INSTANCE_IP, then the addresses of all interfaces except loopbacks, with
 * link-local ones; only loopbacks if there is no other address (contract 1.6 §4.1).
 */
export function nodeAddresses(interfaces: Inputs["interfaces"], instanceIp: string, ip: string): readonly string[] {
  const instance = canonical(instanceIp);
  const first = ip || instance;
  const found: string[] = [];
  for (const { loopback, address } of interfaces) {
    const text = loopback ? undefined : discovered(address);
    if (text !== undefined) found.push(text);
  }
  const all = first === "" ? found : [first, ...found.filter((address) => address !== first)];
  return all.length > 0 ? all : ["127.0.0.1", "::1"];
}

/** Formats an address like net.IP: IPv4-mapped as IPv4; empty for anything else, also with a zone. */
function canonical(text: string): string {
  const ip = parseIp(text);
  return ip === undefined || ip.zone !== undefined ? "" : formatIp(unmap(ip));
}

function discovered(text: string): string | undefined {
  const parsed = parseIp(text);
  if (parsed === undefined) return undefined;
  const ip = unmap({ family: parsed.family, bytes: parsed.bytes });
  return isLoopback(ip) || isUnspecified(ip) ? undefined : formatIp(ip);
}

/** Reports IPv6 mode: no address is IPv4 or IPv4-mapped (contract 1.6 §4.5). */
export function isIpv6(addresses: readonly string[]): boolean {
  return !addresses.some((address) => {
    const ip = parseIp(address);
    return ip !== undefined && unmap(ip).family === 4;
  });
}
