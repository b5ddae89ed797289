import { startLibc } from "../linux/start-libc.ts";
import { nodeFs } from "./libc-files.ts";

/**
 * The files that this agent has written and not removed, with the descriptor that holds the lock of each. An open descriptor also keeps
 * the inode from being reused.
 */
const written = new Map<string, number>();

/** Remembers a file just written, in place of an earlier one at its path; a `lock` of -1 means it could not be locked. */
export function rememberFile(path: string, lock: number): void {
  if (written.has(path)) forgetFile(path);
  if (lock >= 0) written.set(path, lock);
}

/** Forgets a file and releases its lock. */
export function forgetFile(path: string): void {
  const lock = written.get(path);
  if (lock !== undefined) startLibc?.close(lock);
  written.delete(path);
}

/** Returns whether the file at a path is the one this agent wrote there, by device and inode. */
export function isOwnFile(path: string): boolean {
  const lock = written.get(path);
  if (lock === undefined) return false;
  const { fstatSync, statSync } = nodeFs();
  const ours = fstatSync(lock, { bigint: true });
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.dev === ours.dev && found.ino === ours.ino;
}
