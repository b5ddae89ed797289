import { commandLine, unixSockets } from "../../linux/process-texts.ts";
import { absolutePath } from "../../pod/offline-answers.ts";
import { agentArguments } from "../../pod/proxy-arguments.ts";
import { tryReadText } from "../files/read-file.ts";
import { socketHolder } from "./port-holder.ts";

/** Returns the process that listens on a Unix socket, if it is the agent of a proxy; undefined for any other, and if it cannot be seen. */
export function socketAgent(path: string): number | undefined {
  const directory = process.cwd();
  const wanted = absolutePath(directory, path);
  const row = unixSockets(tryReadText("/proc/net/unix") ?? "").find((each) => absolutePath(directory, each.path) === wanted);
  const holder = row && socketHolder(row.inode);
  if (holder === undefined) return undefined;
  return agentArguments(commandLine(tryReadText(`/proc/${holder.pid}/cmdline`) ?? "")) === undefined ? undefined : holder.pid;
}
