import { libc } from "./libc.ts";
import { listeners } from "./listeners.ts";
import { lastErrno } from "./start-libc.ts";

// Called while every Envoy starts, so it does not use `node:fs`.

/** Number of descriptors checked; Envoy opens its admin listener among the first. */
const DESCRIPTORS = 512;
const LONGEST_LINK = 64;
const EACCES = 13;

/** Returns whether a process listens on a TCP port; undefined when its descriptors cannot be read. */
export function listensOn(pid: number, port: number): boolean | undefined {
  const links = new Set(listeners().flatMap((socket) => (socket.port === port ? [`socket:[${socket.inode}]`] : [])));
  if (links.size === 0) return false;
  for (let descriptor = 0; descriptor < DESCRIPTORS; descriptor += 1) {
    const link = linkTarget(`/proc/${pid}/fd/${descriptor}`);
    if (link === undefined) return undefined;
    if (links.has(link)) return true;
  }
  return false;
}

/** Returns the target of a link, `""` when there is no link; undefined when reading it is not permitted. */
function linkTarget(path: string): string | undefined {
  const target = new Uint8Array(LONGEST_LINK);
  const length = libc().readlink(Buffer.from(`${path}\0`), target, target.length);
  if (length >= 0) return Buffer.from(target.subarray(0, length)).toString("latin1");
  return lastErrno(libc()) === EACCES ? undefined : "";
}
