import { readdirSync, readlinkSync } from "node:fs";
import { domainSocketInode } from "../../envoy/domain-socket.ts";
import type { Holder } from "../../envoy/end-facts.ts";
import { type ListeningSocket, listeningSockets } from "../../linux/socket-tables.ts";
import { tryReadText } from "../files/read-file.ts";

/** The process that listens on a TCP port of this network namespace; undefined if none does or it cannot be seen from here. */
export function portHolder(port: number): Holder | undefined {
  for (const socket of listeners()) {
    const holder = socket.port === port ? socketHolder(socket.inode) : undefined;
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** Every TCP socket of this network namespace that waits for connections. */
export function listeners(): readonly ListeningSocket[] {
  return [...listeningSockets(tryReadText("/proc/net/tcp") ?? ""), ...listeningSockets(tryReadText("/proc/net/tcp6") ?? "")];
}

/** Whether the domain sockets of a number are taken in this network namespace, and by whom where that can be seen. */
export function domainSocketHolder(number: number): { readonly holder?: Holder } | undefined {
  const inode = domainSocketInode(tryReadText("/proc/net/unix") ?? "", number);
  const holder = inode === undefined ? undefined : socketHolder(inode);
  return inode === undefined ? undefined : holder === undefined ? {} : { holder };
}

/** A process that has a socket open: its descriptors are readable for the same user, and for root. */
export function socketHolder(inode: string): Holder | undefined {
  const link = `socket:[${inode}]`;
  for (const pid of namesIn("/proc")) {
    if (/^\d+$/.test(pid) && namesIn(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === link))
      return { pid: Number(pid), name: (tryReadText(`/proc/${pid}/comm`) ?? "").trim() };
  }
  return undefined;
}

/** Processes come and go, and those of others are closed: what cannot be read is not there. */
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
