const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

/**
 * Returns whether an IPv4 routing table (the text of /proc/net/route) has a route to an address, which is little-endian like the table.
 * Columns: interface, destination, gateway, flags, three counters, mask.
 */
export function hasRoute(table: string, address: number): boolean {
  for (const row of table.split("\n").slice(1)) {
    const cells = row.split("\t");
    const isUp = (Number.parseInt(cells[3] ?? "", 16) & RTF_UP) !== 0;
    const mask = Number.parseInt(cells[7] ?? "", 16);
    if (isUp && (address & mask) >>> 0 === Number.parseInt(cells[1] ?? "", 16)) return true;
  }
  return false;
}

/**
 * The same for IPv6 and /proc/net/ipv6_route; the address is 32 hexadecimal digits. Columns: destination, prefix length, source, prefix
 * length, next hop, three counters, flags, interface.
 */
export function hasRouteV6(table: string, address: string): boolean {
  return table.split("\n").some((row) => {
    const cells = row.split(/ +/);
    const flags = Number.parseInt(cells[8] ?? "", 16);
    if ((flags & RTF_UP) === 0 || (flags & RTF_REJECT) !== 0) return false;
    const length = Number.parseInt(cells[1] ?? "", 16);
    return prefixOf(cells[0] ?? "", length) === prefixOf(address, length);
  });
}

function prefixOf(address: string, length: number): bigint {
  return BigInt(`0x${address}`) >> BigInt(128 - length);
}
