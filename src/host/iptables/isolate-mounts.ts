import { errnoName } from "../linux/errno-name.ts";
import { lastErrno, NO_LIBC, startLibc } from "../linux/start-libc.ts";
import { trafficLibc } from "./traffic-libc.ts";

const CLONE_NEWNS = 0x20000;
const MS_RDONLY = 1;
const MS_BIND = 4_096;
const MS_REC = 16_384;
const MS_PRIVATE = 1 << 18;
const MS_SLAVE = 1 << 19;

/**
 * Moves this thread, and with it all programs it starts later, to a mount namespace of its own, in which the programs find no user database
 * of the node and, with a `lockFile`, that file instead of the node's lock. Returns why that fails.
 */
export function isolateMounts(lockFile: string | undefined): string | undefined {
  if (startLibc === undefined) return NO_LIBC;
  const libc = trafficLibc();
  const failed = () => errnoName(lastErrno(libc));
  const mount = (source: string, target: string, flags: number) =>
    libc.mount(text(source), text(target), null, BigInt(flags), null) === 0 ? undefined : failed();
  if (libc.unshare(CLONE_NEWNS) !== 0) return `no mount namespace of its own: ${failed()}`;
  const isPrivate = mount("", "/", MS_REC | MS_PRIVATE);
  const isSlave = isPrivate === undefined ? undefined : mount("", "/", MS_REC | MS_SLAVE);
  if (isSlave !== undefined)
    return `mounts stay shared with the node: ${isPrivate} for private ones, ${isSlave} for those that follow the node's`;
  const locked = lockFile === undefined ? undefined : mount(lockFile, "/run/xtables.lock", MS_BIND | MS_RDONLY);
  if (locked !== undefined) return `"${lockFile}" cannot be the lock: ${locked}`;
  const hidden = mount("/dev/null", "/etc/nsswitch.conf", MS_BIND | MS_RDONLY);
  return hidden === undefined ? undefined : `/etc/nsswitch.conf cannot be hidden: ${hidden}`;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
