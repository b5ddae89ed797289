/**
 * Whether a routing table of IPv4, as /proc/net/route has it, leads to an address, which is little-endian like the table. Rows are:
 * interface, destination, gateway, flags, three counters, mask.
 */
export function leadsTo(table: string, address: number): boolean {
  for (const row of table.split("\n").slice(1)) {
    const cells = row.split("\t");
    const isUp = (Number.parseInt(cells[3] ?? "", 16) & 1) === 1;
    const mask = Number.parseInt(cells[7] ?? "", 16);
    if (isUp && (address & mask) >>> 0 === Number.parseInt(cells[1] ?? "", 16)) return true;
  }
  return false;
}
