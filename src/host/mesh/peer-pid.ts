import { libc } from "../linux/libc.ts";

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** Returns the process that connected to a Unix socket (unix(7), SO_PEERCRED); undefined if the kernel does not know it. */
export function peerPid(socket: object): number | undefined {
  // The types of sockets omit their descriptor, which is -1 when closed.
  const { fd = -1 }: { readonly fd?: number } = socket;
  if (fd < 0) return undefined;
  const credentials = new Int32Array(3);
  const length = Int32Array.of(credentials.byteLength);
  if (libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0) return undefined;
  const [pid = 0] = credentials;
  // A process of another namespace has no number here.
  return pid > 0 ? pid : undefined;
}
