import type { ListPart } from "../../linux/netlink.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
/** Bytes of the buffer for a message of the kernel, which makes its messages fit. */
const SPACE = 32_768;

/** NETLINK_ROUTE and NETLINK_SOCK_DIAG (netlink(7)). */
export const PROTOCOL = { route: 0, socketDiagnosis: 4 } as const;

/** The C functions with which messages are exchanged with the kernel; -1 is a failure. */
export interface NetlinkLibc {
  readonly close: (descriptor: number) => number;
  readonly recv: (descriptor: number, space: Uint8Array, size: number, flags: number) => number;
  readonly sendto: (descriptor: number, bytes: Uint8Array, size: number, flags: number, address: null, addressSize: number) => number;
  readonly socket: (family: number, type: number, protocol: number) => number;
}

/** A socket for messages of the kernel. */
export interface NetlinkSocket {
  /** Returns false if a message cannot be sent. The kernel has answered it when this returns. */
  readonly send: (message: Uint8Array) => boolean;
  /** Returns what the kernel has sent next; undefined for a failure. It is valid until the next call. */
  readonly receive: () => Uint8Array | undefined;
}

/** Calls back with a socket, and closes it. Returns undefined if there is none. */
export function withNetlink<Result>(libc: NetlinkLibc, protocol: number, use: (socket: NetlinkSocket) => Result): Result | undefined {
  const descriptor = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (descriptor < 0) return undefined;
  const space = new Uint8Array(SPACE);
  try {
    return use({
      // A message without an address goes to the kernel.
      send: (message) => libc.sendto(descriptor, message, message.length, MSG_DONTWAIT, null, 0) === message.length,
      receive() {
        const count = libc.recv(descriptor, space, space.length, MSG_DONTWAIT);
        return count > 0 ? space.subarray(0, count) : undefined;
      },
    });
  } finally {
    libc.close(descriptor);
  }
}

/** Requests a list of the kernel; undefined when that fails, for example in a sandbox. */
export function requestList<Item>(
  { send, receive }: NetlinkSocket,
  request: Uint8Array,
  parse: (bytes: Uint8Array) => ListPart<Item> | undefined,
): readonly Item[] | undefined {
  if (!send(request)) return undefined;
  const items: Item[] = [];
  for (;;) {
    const bytes = receive();
    const part = bytes && parse(bytes);
    if (part === undefined) return undefined;
    items.push(...part.items);
    if (part.isLast) return items;
  }
}
