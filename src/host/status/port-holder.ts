import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTENING = "0A";

/** Who listens on a TCP port of this machine, for a message; empty when it cannot be found out (foreign users' processes). */
export function portHolder(port: number): string {
  try {
    const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => listeners(path, port));
    if (inodes.length === 0) return "";
    const marks = inodes.map((inode) => `socket:[${inode}]`);
    const pid = readdirSync("/proc").find((entry) => /^\d+$/.test(entry) && holds(entry, marks));
    return pid === undefined ? "" : ` by process ${pid} (${readFileSync(`/proc/${pid}/comm`, "utf8").trim()})`;
  } catch {
    return "";
  }
}

function listeners(path: string, port: number): readonly string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(wanted) && state === LISTENING)
    .flatMap((fields) => fields[9] ?? []);
}

function holds(pid: string, marks: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => marks.includes(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}
