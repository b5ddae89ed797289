import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { CGROUP } from "./components.ts";

/** The mounted hierarchies of control groups: one with version 2, one for each controller with version 1. */
function hierarchies(): readonly string[] {
  const lines = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return lines.flatMap((line) => {
    const [, path = "", type = ""] = line.split(" ");
    return type === "cgroup" || type === "cgroup2" ? [path] : [];
  });
}

/** Creates the parent of the pods' groups. */
export function makeCgroups(): void {
  for (const path of hierarchies()) mkdirSync(join(path, CGROUP), { recursive: true });
}

/** Removes it with all groups below. @throws Error if a process is in one of them */
export function removeCgroups(): void {
  for (const path of hierarchies()) removeTree(join(path, CGROUP));
}

/** Removes a group after its children; its files need not be removed. */
function removeTree(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(path, entry.name));
  rmdirSync(path);
}
