import { unmap } from "../go/ip.ts";
import { type ListPart, type NetlinkMessage, NLM_F, netlinkMessage, parseList, u32 } from "./netlink.ts";
import type { ListeningSocket } from "./socket-tables.ts";

// Messages of the kernel's socket diagnosis, NETLINK_SOCK_DIAG (sock_diag(7)).

const SOCK_DIAG_BY_FAMILY = 20;
const IPPROTO_TCP = 6;
/** TCPF_LISTEN: the bit of the state TCP_LISTEN. */
const LISTENING = 1 << 10;

/** Bytes of an `inet_diag_req_v2` after its family, its protocol and the states: all sockets, and nothing more about them. */
const REST = 48;
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
  const body = [family, IPPROTO_TCP, 0, 0, ...u32(LISTENING), ...new Array<number>(REST).fill(0)];
  return netlinkMessage(SOCK_DIAG_BY_FAMILY, NLM_F.request | NLM_F.dump, body);
}

/** Parses a part of the kernel's response; undefined when it is an error or no such response. */
export function parseListeners(bytes: Uint8Array): ListPart<ListeningSocket> | undefined {
  return parseList(bytes, socketsIn);
}

function socketsIn({ type, body }: NetlinkMessage): readonly ListeningSocket[] | undefined {
  if (type !== SOCK_DIAG_BY_FAMILY) return [];
  return body.byteLength < SOCKET ? undefined : [socketOf(body)];
}

function socketOf(body: DataView): ListeningSocket {
  const family = body.getUint8(0) === FAMILIES[0] ? 4 : 6;
  const bytes = [...new Uint8Array(body.buffer, body.byteOffset + ADDRESS, family === 4 ? 4 : 16)];
  return { address: unmap({ family, bytes }), port: body.getUint16(PORT), inode: String(body.getUint32(INODE, true)) };
}
