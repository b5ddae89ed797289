import { formatIp, type Ip, isUnspecified, parseIp, unmap } from "../go/ip.ts";

/** A TCP socket that waits for connections. */
export interface ListeningSocket {
  readonly address: Ip;
  readonly port: number;
  /** What the links of /proc/PID/fd name it by. */
  readonly inode: string;
}

const LISTEN = "0A";

/** The listening sockets in the text of /proc/net/tcp or tcp6: words of an address are in the byte order of a little-endian machine. */
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

/** Whether a socket keeps an address from being bound: the port is the same, and the address is or one of both is every address. */
export function isInTheWay(socket: ListeningSocket, address: string, port: number): boolean {
  if (socket.port !== port) return false;
  const wanted = parseIp(address);
  if (wanted === undefined || isUnspecified(wanted) || isUnspecified(socket.address)) return true;
  return formatIp(unmap(wanted)) === formatIp(socket.address);
}
