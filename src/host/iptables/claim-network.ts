import { openLibc } from "../linux/ffi.ts";
import { lastErrno } from "../linux/start-libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const EADDRINUSE = 98;
/** A name without a file: each network namespace has its own, and it is free again when its process ends, however it ends. */
const NAME = "attache-istio-iptables";
const PAUSE = 20;

/**
 * Waits until no other run changes the rules of this network, for at most so many milliseconds. Returns whether that is so; it is where it
 * cannot be found out.
 */
export async function claimNetwork(timeLimit: number): Promise<boolean> {
  const libc = open();
  const descriptor = libc?.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) ?? -1;
  if (libc === undefined || descriptor < 0) return true;
  const address = new Uint8Array([AF_UNIX, 0, 0, ...new TextEncoder().encode(NAME)]);
  const deadline = performance.now() + timeLimit;
  // The socket stays bound until this process ends.
  while (libc.bind(descriptor, address, address.length) !== 0) {
    if (lastErrno(libc) !== EADDRINUSE) return true;
    if (performance.now() > deadline) return false;
    await Bun.sleep(PAUSE);
  }
  return true;
}

function open() {
  try {
    return openLibc({
      __errno_location: { args: [], returns: "ptr" },
      bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
      socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    });
  } catch {
    return undefined;
  }
}
