import { formatIp, isLinkLocalMulticast, isLinkLocalUnicast, isLoopback, parseIp, unmap } from "../../go/ip.ts";
import type { PodTexts } from "../../inputs/downward-api.ts";
import type { Inputs, InterfaceAddress } from "../../inputs/inputs.ts";

const EXCLUDED_INTERFACES = "traffic.sidecar.istio.io/excludeInterfaces";

/**
 * The node's addresses: INSTANCE_IP first, then those of the interfaces that are neither link-local nor on an excluded
 * interface; the loopbacks where the interfaces have none (spec 1.30 §4.1).
 */
export function nodeAddresses(inputs: Inputs, annotations: PodTexts | undefined): readonly string[] {
  const instance = parseIp(inputs.environment.get("INSTANCE_IP") ?? "");
  const list = instance === undefined ? [] : [formatIp(instance)];
  const scanned = inputs.interfaces.flatMap(usable);
  const names = annotations?.get(EXCLUDED_INTERFACES)?.split(",") ?? [];
  const excluded = inputs.interfaces.filter((each) => names.includes(each.name)).map((each) => each.address);
  const candidates = scanned.length > 0 ? scanned : ["127.0.0.1", "::1"];
  return [...list, ...candidates.filter((address) => !excluded.includes(address) && !list.includes(address))];
}

function usable(entry: InterfaceAddress): readonly string[] {
  const parsed = parseIp(entry.address);
  if (parsed === undefined || entry.loopback) return [];
  const ip = unmap(parsed);
  return isLoopback(ip) || isLinkLocalUnicast(ip) || isLinkLocalMulticast(ip) ? [] : [formatIp(ip)];
}

export type Families = "v4" | "v6" | "dual";

/** The address families of a list; unparsable entries do not count, an empty list satisfies both (spec 1.30 §4.2). */
export function familiesOf(addresses: readonly string[]): { readonly allV4: boolean; readonly allV6: boolean } {
  const families = addresses.flatMap((address) => parseIp(address)?.family ?? []);
  return { allV4: families.every((family) => family === 4), allV6: families.every((family) => family === 6) };
}
