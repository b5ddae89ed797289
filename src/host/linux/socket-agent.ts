import { readlinkSync } from "node:fs";
import { posix } from "node:path";
import { commandLine, unixSockets } from "../../linux/process-texts.ts";
import { absolutePath } from "../../pod/offline-answers.ts";
import { agentArguments } from "../../pod/proxy-arguments.ts";
import { tryReadText } from "../files/read-file.ts";
import { socketHolder } from "./port-holder.ts";

/**
 * Returns the process that listens on a Unix socket, if it is the agent of a proxy; undefined for any other, and if it cannot be seen. The
 * kernel lists a path as it was bound, which may be below the directory of that process, and connections that nobody has accepted yet.
 */
export function socketAgent(path: string): number | undefined {
  const wanted = absolutePath(process.cwd(), path);
  for (const { inode, path: bound } of unixSockets(tryReadText("/proc/net/unix") ?? "")) {
    if (posix.basename(bound) !== posix.basename(wanted)) continue;
    const holder = socketHolder(inode);
    if (holder === undefined || absolutePath(directoryOf(holder.pid), bound) !== wanted) continue;
    if (agentArguments(commandLine(tryReadText(`/proc/${holder.pid}/cmdline`) ?? "")) !== undefined) return holder.pid;
  }
  return undefined;
}

/** Returns the working directory of a process; the root if it cannot be seen. */
function directoryOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "/";
  }
}
