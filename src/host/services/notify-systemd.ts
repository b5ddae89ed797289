import type { Environment } from "../../inputs/environment.ts";
import { libc, monotonicMicroseconds } from "../linux/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Bytes of a path in a socket address, including its NUL. */
const MAX_PATH = 108;

/** Sends a state to the service manager, such as `READY=1`. Returns whether it was sent; never blocks, never throws. */
export type Notify = (state: string) => boolean;

/** Returns a function that notifies systemd (sd_notify(3)); undefined when `NOTIFY_SOCKET` is not a Unix socket. */
export function systemdNotifier(environment: Environment): Notify | undefined {
  const address = addressOf(environment.get("NOTIFY_SOCKET") ?? "");
  if (address === undefined) return undefined;
  return (state) => {
    const { close, sendto, socket } = libc();
    const descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return false;
    const bytes = Buffer.from(state);
    const sent = sendto(descriptor, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length);
    close(descriptor);
    return sent === bytes.length;
  };
}

/** Returns the state of a reload that begins; systemd requires its timestamp. */
export function reloadingState(): string {
  return `RELOADING=1\nMONOTONIC_USEC=${monotonicMicroseconds()}`;
}

/** Returns a `sockaddr_un` of a path, ended by NUL, or of a name in the abstract namespace, which starts with NUL. */
function addressOf(name: string): Uint8Array | undefined {
  if (!/^[/@]./s.test(name)) return undefined;
  const path = name.startsWith("@") ? Buffer.from(`\0${name.slice(1)}`) : Buffer.from(`${name}\0`);
  return path.length > MAX_PATH ? undefined : Buffer.concat([Uint8Array.of(AF_UNIX, 0), path]);
}
