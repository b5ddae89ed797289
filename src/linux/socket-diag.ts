import { unmap } from "../go/ip.ts";
import type { ListeningSocket } from "./socket-tables.ts";

// Messages of the kernel's socket diagnosis, NETLINK_SOCK_DIAG (sock_diag(7)). All numbers are in the byte order of the machine, which is
// little-endian on x86-64 and arm64; ports and addresses are in network order.

const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const IPPROTO_TCP = 6;
/** TCPF_LISTEN: the bit of the state TCP_LISTEN. */
const LISTENING = 1 << 10;

const HEADER = 16;
const REQUEST = HEADER + 56;
/** Bytes of an `inet_diag_msg`, and the offsets of its fields. */
const SOCKET = 72;
const PORT = 4;
const ADDRESS = 8;
const INODE = 68;

/** The families of addresses: AF_INET and AF_INET6. */
export const FAMILIES = [2, 10] as const;
type Family = (typeof FAMILIES)[number];

/** Returns the message that requests the listening TCP sockets of a family. */
export function listenersRequest(family: Family): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(REQUEST));
  bytes.setUint32(0, REQUEST, true);
  bytes.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  bytes.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
  bytes.setUint8(HEADER, family);
  bytes.setUint8(HEADER + 1, IPPROTO_TCP);
  bytes.setUint32(HEADER + 4, LISTENING, true);
  return new Uint8Array(bytes.buffer);
}

/** A part of the kernel's response. */
export interface Listeners {
  readonly sockets: readonly ListeningSocket[];
  readonly isLast: boolean;
}

/** Parses a part of the kernel's response; undefined when it is an error or no such response. */
export function parseListeners(bytes: Uint8Array): Listeners | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sockets: ListeningSocket[] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = view.getUint32(at, true);
    const type = view.getUint16(at + 4, true);
    if (length < HEADER || at + length > bytes.length || type === NLMSG_ERROR) return undefined;
    if (type === NLMSG_DONE) return { sockets, isLast: true };
    if (type === SOCK_DIAG_BY_FAMILY) {
      if (length < HEADER + SOCKET) return undefined;
      sockets.push(socketOf(view, at + HEADER));
    }
    // Messages are aligned to four bytes.
    at += (length + 3) & ~3;
  }
  return { sockets, isLast: false };
}

function socketOf(view: DataView, at: number): ListeningSocket {
  const family = view.getUint8(at) === FAMILIES[0] ? 4 : 6;
  const start = view.byteOffset + at + ADDRESS;
  const bytes = [...new Uint8Array(view.buffer, start, family === 4 ? 4 : 16)];
  return { address: unmap({ family, bytes }), port: view.getUint16(at + PORT), inode: String(view.getUint32(at + INODE, true)) };
}
