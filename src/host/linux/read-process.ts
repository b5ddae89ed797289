import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { decodeUtf8 } from "../../go/literal.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { addressesIn } from "../../linux/interface-tables.ts";
import { commandLine, environmentPairs, insideUserId, type ProcessState, processState, unixSockets } from "../../linux/process-texts.ts";
import { absolutePath } from "../../pod/offline-answers.ts";
import type { ProcessNetwork, RunningProcess } from "../../pod/running-process.ts";
import { errorCode, reasonOf, tryReadText } from "../files/read-file.ts";
import { openRoot } from "../files/root-files.ts";
import { readInterfaces } from "../inputs/read-interfaces.ts";
import { processLimits } from "./process-limits.ts";

/** Reads a process as far as a proxy depends on it, without changing or entering anything. The error is why that is not possible. */
export function readProcess(pid: number): Parsed<RunningProcess> {
  const before = stateOf(pid);
  if (before === undefined) return bad("there is no such process");
  if (before.isKernelThread) return bad("it is a kernel thread");
  if (before.isZombie) return bad("it has exited (zombie)");
  let found: RunningProcess;
  try {
    found = read(pid, before);
  } catch (error) {
    return bad(reasonFor(error, before.uid));
  }
  // Another process may have got the ID in between.
  return stateOf(pid)?.startTime === before.startTime ? ok(found) : bad("it has exited");
}

function stateOf(pid: number): ProcessState | undefined {
  const [stat, status] = ["stat", "status"].map((name) => tryReadText(`/proc/${pid}/${name}`));
  return stat === undefined || status === undefined ? undefined : processState(stat, status);
}

function reasonFor(error: unknown, uid: number): string {
  const code = errorCode(error);
  if (code === "ENOENT" || code === "ESRCH") return "it has exited";
  const reason = reasonOf(error);
  if (code !== "EACCES" && code !== "EPERM") return reason;
  const own = process.getuid?.();
  return own === 0 || own === uid ? `${reason}; that needs CAP_SYS_PTRACE` : `${reason}; run attache as user ${uid}, or as root`;
}

function read(pid: number, { parent, uid }: ProcessState): RunningProcess {
  const at = (name: string) => `/proc/${pid}/${name}`;
  const text = (name: string) => decodeUtf8(readFileSync(at(name)));
  const variables = environmentPairs(text("environ"));
  const files = openRoot(at("root"));
  const [root, directory] = [readlinkSync(at("root")), readlinkSync(at("cwd"))];
  const relative = below(root, directory);
  const hasOurFiles = isOurs(pid, "mnt") && isSameFile(at("root"), "/");
  const map = isOurs(pid, "user") ? undefined : tryReadText(at("uid_map"));
  const above = tryReadText(`/proc/${parent}/cmdline`);
  const network = isOurs(pid, "net") ? ownNetwork() : networkOf(pid);
  return {
    pid,
    words: commandLine(text("cmdline")),
    variables,
    uid: map === undefined ? uid : insideUserId(uid, map),
    ...(above === undefined ? {} : { parent: { pid: parent, words: commandLine(above) } }),
    ...(relative === undefined ? {} : { directory: relative }),
    files,
    ...(network === undefined ? {} : { network }),
    limits: processLimits(pid, files),
    isHere: hasOurFiles && isOurs(pid, "net"),
    isOurs: hasOurFiles && isOurs(pid, "user") && uid === process.getuid?.(),
    listensOn: (path) => listensOn(pid, path, relative ?? "/"),
  };
}

/** Returns a directory as the process names it; undefined if it is not below the root. */
function below(root: string, directory: string): string | undefined {
  if (root === "/") return directory;
  if (directory === root) return "/";
  return directory.startsWith(`${root}/`) ? directory.slice(root.length) : undefined;
}

/** Reports whether a process is in the same namespace as this one. */
function isOurs(pid: number, namespace: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/${namespace}`) === readlinkSync(`/proc/self/ns/${namespace}`);
  } catch {
    return false;
  }
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)];
  return a.ino === b.ino && a.dev === b.dev;
}

function ownNetwork(): ProcessNetwork {
  return { interfaces: readInterfaces(), unplaced: [], unordered: [] };
}

function networkOf(pid: number): ProcessNetwork | undefined {
  const table = (name: string) => tryReadText(`/proc/${pid}/net/${name}`);
  const [devices, trie, routes, igmp] = [table("dev"), table("fib_trie"), table("route"), table("igmp")];
  if (devices === undefined || trie === undefined || routes === undefined || igmp === undefined) return undefined;
  const { addresses, unplaced, unordered } = addressesIn({ devices, trie, routes, igmp, inet6: table("if_inet6") ?? "" });
  return { interfaces: addresses, unplaced, unordered };
}

function listensOn(pid: number, path: string, directory: string): boolean {
  const rows = unixSockets(tryReadText(`/proc/${pid}/net/unix`) ?? "").filter((row) => absolutePath(directory, row.path) === path);
  const wanted = rows.map(({ inode }) => `socket:[${inode}]`);
  return wanted.length > 0 && descriptorsOf(pid).some((link) => wanted.includes(link));
}

function descriptorsOf(pid: number): readonly string[] {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).flatMap((name) => linkAt(`${directory}/${name}`) ?? []);
  } catch {
    return [];
  }
}

/** Returns the target of a link; undefined for a descriptor that was closed meanwhile. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
