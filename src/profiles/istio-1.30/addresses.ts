import { formatIp, isLinkLocalMulticast, isLinkLocalUnicast, isLoopback, parseIp, unmap } from "../../go/ip.ts";
import type { PodTexts } from "../../inputs/downward-api.ts";
import type { Inputs } from "../../inputs/inputs.ts";

const EXCLUDED_INTERFACES = "traffic.sidecar.istio.io/excludeInterfaces";

/**
 * The node's addresses: INSTANCE_IP first, then those of the interfaces that are neither link-local nor on an excluded
 * interface; the loopbacks where the interfaces have none (spec 1.30 §4.1).
 */
export function nodeAddresses(inputs: Inputs, annotations: PodTexts | undefined): readonly string[] {
  const instance = parseIp(inputs.environment.get("INSTANCE_IP") ?? "");
  const list = instance === undefined ? [] : [formatIp(instance)];
  const names = annotations?.get(EXCLUDED_INTERFACES)?.split(",") ?? [];
  const scanned: string[] = [];
  const excluded: string[] = [];
  for (const entry of inputs.interfaces) {
    const address = usable(entry.address);
    if (address === undefined) continue;
    if (!entry.loopback) scanned.push(address);
    if (names.includes(entry.name)) excluded.push(address);
  }
  const candidates = scanned.length > 0 ? scanned : ["127.0.0.1", "::1"];
  return [...list, ...candidates.filter((address) => !excluded.includes(address) && !list.includes(address))];
}

/** An address in its one form; undefined for those that belong to the machine or the link alone. */
function usable(address: string): string | undefined {
  const parsed = parseIp(address);
  if (parsed === undefined) return undefined;
  const ip = unmap(parsed);
  return isLoopback(ip) || isLinkLocalUnicast(ip) || isLinkLocalMulticast(ip) ? undefined : formatIp(ip);
}

/** The address families of a list; unparsable entries do not count, an empty list satisfies both (spec 1.30 §4.2). */
export function familiesOf(addresses: readonly string[]): { readonly allV4: boolean; readonly allV6: boolean } {
  const families = addresses.map((address) => parseIp(address)?.family);
  return { allV4: !families.includes(6), allV6: !families.includes(4) };
}
