import { type Ip, isLinkLocalMulticast, isLinkLocalUnicast, isLoopback, parseIp, unmap } from "../go/ip.ts";

/** Returns the addresses that a pod may be reached at, in the given order. `countsLinkLocal`: those of one link, too. */
export function usableAddresses(addresses: readonly string[], countsLinkLocal: boolean): readonly Ip[] {
  return addresses.flatMap((text) => {
    const parsed = parseIp(text);
    const address = parsed === undefined ? undefined : unmap(parsed);
    if (address === undefined || isLoopback(address)) return [];
    return !countsLinkLocal && (isLinkLocalUnicast(address) || isLinkLocalMulticast(address)) ? [] : [address];
  });
}
