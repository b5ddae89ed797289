import { formatIp, type Ip, isUnspecified, parseIp, unmap } from "../go/ip.ts";

/** A listening TCP socket. */
export interface ListeningSocket {
  readonly address: Ip;
  readonly port: number;
  /** The inode that links in /proc/PID/fd refer to. */
  readonly inode: string;
}

const LISTEN = "0A";

/** Returns the listening sockets in the text of /proc/net/tcp or tcp6; the 32-bit words of an address are little-endian. */
export function listeningSockets(table: string): readonly ListeningSocket[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    const [, address, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local) ?? [];
    if (state !== LISTEN || address === undefined || port === undefined || inode === undefined) return [];
    return [{ address: unmap(ipOf(address)), port: Number.parseInt(port, 16), inode }];
  });
}

function ipOf(hex: string): Ip {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)));
  return { family: bytes.length === 4 ? 4 : 6, bytes };
}

/** Returns whether a socket prevents binding an address: same port, and same address or either is the wildcard. */
export function conflictsWith(socket: ListeningSocket, address: string, port: number): boolean {
  if (socket.port !== port) return false;
  const wanted = parseIp(address);
  if (wanted === undefined || isUnspecified(wanted) || isUnspecified(socket.address)) return true;
  return formatIp(unmap(wanted)) === formatIp(socket.address);
}
