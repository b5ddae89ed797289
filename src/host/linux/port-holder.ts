import { readdirSync, readlinkSync } from "node:fs";
import { domainSocketInode } from "../../envoy/domain-socket.ts";
import type { Holder } from "../../envoy/end-facts.ts";
import { tryReadText } from "../files/read-file.ts";
import { listeners } from "./listeners.ts";

/** Returns the process that listens on a TCP port in this network namespace; undefined when there is none or it cannot be seen. */
export function portHolder(port: number): Holder | undefined {
  for (const socket of listeners()) {
    const holder = socket.port === port ? socketHolder(socket.inode) : undefined;
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** Returns the holder of the domain sockets of a base ID, `{}` when it cannot be seen; undefined when the sockets are free. */
export function domainSocketHolder(number: number): { readonly holder?: Holder } | undefined {
  const inode = domainSocketInode(tryReadText("/proc/net/unix") ?? "", number);
  const holder = inode === undefined ? undefined : socketHolder(inode);
  return inode === undefined ? undefined : holder === undefined ? {} : { holder };
}

/** Returns a process that has a socket open. The descriptors of a process are readable for its user and for root. */
export function socketHolder(inode: string): Holder | undefined {
  const link = `socket:[${inode}]`;
  for (const pid of namesIn("/proc")) {
    if (/^\d+$/.test(pid) && namesIn(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === link))
      return { pid: Number(pid), name: (tryReadText(`/proc/${pid}/comm`) ?? "").trim() };
  }
  return undefined;
}

/** Returns the entries of a directory; empty when it cannot be read, as processes exit and some are not ours. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
