import { lastErrno, NO_LIBC, startLibc } from "../linux/start-libc.ts";
import { errorName } from "./change-network.ts";
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
  const failed = () => errorName(lastErrno(libc));
  const mount = (source: string, target: string, flags: number) =>
    libc.mount(text(source), text(target), null, BigInt(flags), null) === 0 ? undefined : failed();
  if (libc.unshare(CLONE_NEWNS) !== 0) return `failed to unshare to new mount namespace: ${failed()}`;
  const isPrivate = mount("", "/", MS_REC | MS_PRIVATE);
  const isSlave = isPrivate === undefined ? undefined : mount("", "/", MS_REC | MS_SLAVE);
  if (isSlave !== undefined) return `failed to remount /: (MS_PRIVATE returned: ${isPrivate}; MS_SLAVE returned: ${isSlave})`;
  const locked = lockFile === undefined ? undefined : mount(lockFile, "/run/xtables.lock", MS_BIND | MS_RDONLY);
  if (locked !== undefined) return `bind mount of "${lockFile}" failed: ${locked}`;
  const hidden = mount("/dev/null", "/etc/nsswitch.conf", MS_BIND | MS_RDONLY);
  return hidden === undefined ? undefined : `bind mount to "/etc/nsswitch.conf" failed: ${hidden}`;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
