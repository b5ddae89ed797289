import type { Socket } from "node:net";
import { libc } from "../linux/libc.ts";

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** Returns the process that connected to a Unix socket (unix(7), SO_PEERCRED); undefined if the kernel does not know it. */
export function peerPid(socket: Socket): number | undefined {
  const descriptor = descriptorOf(socket);
  if (descriptor === undefined) return undefined;
  const credentials = new Int32Array(3);
  const length = Int32Array.of(credentials.byteLength);
  if (libc().getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0) return undefined;
  const [pid = 0] = credentials;
  // A process of another namespace has no number here.
  return pid > 0 ? pid : undefined;
}

/** The types omit the handle of a socket, which has its descriptor. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined;
}
