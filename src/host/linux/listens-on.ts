import { listeningSockets } from "../../linux/socket-tables.ts";
import { tryReadText } from "../files/read-file.ts";
import { libc } from "./libc.ts";
import { lastErrno } from "./start-libc.ts";

// Asked while every Envoy starts, so without `node:fs`.

/** Descriptors that are looked at; Envoy opens its admin's among the first. */
const DESCRIPTORS = 512;
const LONGEST_LINK = 64;
const EACCES = 13;

/** Whether a process listens on a TCP port itself; undefined where its descriptors cannot be seen. */
export function listensOn(pid: number, port: number): boolean | undefined {
  const tables = [tryReadText("/proc/net/tcp"), tryReadText("/proc/net/tcp6")];
  const links = new Set(
    tables.flatMap((table) =>
      listeningSockets(table ?? "").flatMap((socket) => (socket.port === port ? [`socket:[${socket.inode}]`] : [])),
    ),
  );
  if (links.size === 0) return false;
  for (let descriptor = 0; descriptor < DESCRIPTORS; descriptor += 1) {
    const link = linkOf(`/proc/${pid}/fd/${descriptor}`);
    if (link === undefined) return undefined;
    if (links.has(link)) return true;
  }
  return false;
}

/** What a link leads to, `""` where there is none; undefined where it must not be seen. */
function linkOf(path: string): string | undefined {
  const target = new Uint8Array(LONGEST_LINK);
  const length = libc().readlink(Buffer.from(`${path}\0`), target, target.length);
  if (length >= 0) return Buffer.from(target.subarray(0, length)).toString("latin1");
  return lastErrno(libc()) === EACCES ? undefined : "";
}
