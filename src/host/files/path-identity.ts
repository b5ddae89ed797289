import { statSync } from "node:fs";

/** Returns what no other file has that takes a path, now or later: the number of an inode is soon used again. Undefined if there is none. */
export function pathIdentity(path: string, kind: "directory" | "any"): string | undefined {
  try {
    const stat = statSync(path);
    return kind === "any" || stat.isDirectory() ? `${stat.dev}:${stat.ino}:${stat.birthtimeMs}` : undefined;
  } catch {
    return undefined;
  }
}
