import { openLibc } from "./ffi.ts";
import { startLibc } from "./start-libc.ts";

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;

function open() {
  return openLibc({ setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" } });
}

let opened: ReturnType<typeof open> | undefined;

/**
 * Limits what the kernel receives for a socket before it is read. The runtime reads all of it at once, into memory that it keeps: with a
 * limit, a large message fills less of it. Nothing depends on whether it works.
 */
export function limitReceiveBuffer(socket: object, bytes: number): void {
  // The types of sockets omit their descriptor, which is -1 when closed.
  const { fd = -1 }: { readonly fd?: number } = socket;
  if (fd < 0 || startLibc === undefined) return;
  opened ??= open();
  const value = Int32Array.of(bytes);
  opened.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, value.byteLength);
}
