/**
 * Returns the inode of Envoy's domain socket with a number (base-id × 10 + epoch mod 3) from the text of /proc/net/unix, where the name is
 * padded with zero bytes, shown as @ (contract envoy §6).
 */
export function domainSocketInode(table: string, number: number): string | undefined {
  for (const line of table.split("\n")) {
    const [, , , , , , inode, name = ""] = line.trim().split(/\s+/);
    const [, found] = /^@envoy_domain_socket_(?:udp_)?(?:parent|child)_(\d+)@*$/.exec(name) ?? [];
    if (found !== undefined && Number(found) === number) return inode;
  }
  return undefined;
}
