import type { Stats } from "node:fs";
import { ConfigError } from "../../common/errors.ts";
import { cleanPath, dirname, joinPath } from "../../go/path.ts";
import type { EpochPlan, PlannedFile } from "../../launch/plan.ts";
import { startLibc } from "../linux/start-libc.ts";
import { isLocked, nodeFs, tryLock, tryMakeDirectory, tryRemove, tryReplaceFile } from "./libc-files.ts";
import { errorCode, reasonOf, tryReadText } from "./read-file.ts";
import { removeTemporary } from "./remove-temporary.ts";

const GRPC_DIRECTORY_MODE = 0o700;

/**
 * The files that this agent has written and not removed, with the descriptor that holds the lock of each. An open descriptor also keeps
 * the inode from being reused.
 */
const written = new Map<string, number>();

/** What helps if a file cannot be written or removed. */
const REMEDY = {
  epoch: "set another directory with configPath in the ProxyConfig",
  socket: "remove it, or make its directory writable",
  grpc: "set another path with GRPC_XDS_BOOTSTRAP",
} as const;

/**
 * Writes the files of an epoch, each atomically (contract 1.6 §8, 1.30 §3). An existing file is replaced, with a warning when another running
 * agent uses it.
 * @throws ConfigError with the directory, its owner, mode and mount
 */
export function writeFiles({ directory, directoryMode, files, removals, temporary }: EpochPlan, warn: (text: string) => void): void {
  for (const socket of removals) attempt(`remove the stale socket "${socket}"`, dirname(socket), REMEDY.socket, () => remove(socket));
  if (directory !== undefined) makeDirectory(directory, directoryMode, REMEDY.epoch);
  for (const file of files) {
    const { path } = file;
    if (isLocked(path) && !isOwnFile(path))
      warn(`Replacing "${path}", which belongs to another running agent: set a different configPath for each agent`);
    attempt(`write "${path}"`, dirname(path), REMEDY.epoch, () => {
      const lock = writeWhole(file);
      rememberFile(path, lock);
      if (!temporary.includes(path)) forgetFile(path);
    });
  }
}

/**
 * Writes the bootstrap of gRPC applications, which stays, into a directory created with mode 0700.
 * @throws ConfigError with the directory, its owner, mode and mount
 */
export function writeGrpcBootstrap(file: PlannedFile): void {
  const { path } = file;
  makeDirectory(dirname(path), GRPC_DIRECTORY_MODE, REMEDY.grpc);
  attempt(`write "${path}"`, dirname(path), REMEDY.grpc, () => {
    rememberFile(path, writeWhole(file));
    forgetFile(path);
  });
}

function makeDirectory(directory: string, mode: number, remedy: string): void {
  if (!tryMakeDirectory(directory, mode))
    attempt(`create the directory "${directory}"`, directory, remedy, () => nodeFs().mkdirSync(directory, { recursive: true, mode }));
}

/** Removes the files of an Envoy that has exited, except where another agent has replaced them. */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      if (isOwnFile(path)) remove(path);
    } catch {
      // The next start overwrites it.
    }
    forgetFile(path);
  }
}

/** Remembers a file just written, in place of an earlier one at its path; a `lock` of -1 means it could not be locked. */
function rememberFile(path: string, lock: number): void {
  if (written.has(path)) forgetFile(path);
  if (lock >= 0) written.set(path, lock);
}

/** Forgets a file and releases its lock. */
function forgetFile(path: string): void {
  const lock = written.get(path);
  if (lock !== undefined) startLibc?.close(lock);
  written.delete(path);
}

/** Returns whether the file at a path is the one this agent wrote there, by device and inode. */
function isOwnFile(path: string): boolean {
  const lock = written.get(path);
  if (lock === undefined) return false;
  const { fstatSync, statSync } = nodeFs();
  const ours = fstatSync(lock, { bigint: true });
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.dev === ours.dev && found.ino === ours.ino;
}

/** Removes a file, or an empty directory, if it exists. @throws Error of the system call */
function remove(path: string): void {
  if (tryRemove(path)) return;
  const fs = nodeFs();
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (errorCode(error) === "EISDIR") fs.rmdirSync(path);
    else if (errorCode(error) !== "ENOENT") throw error;
  }
}

/**
 * Writes a temporary file next to the target and renames it. Returns the descriptor of its lock, -1 without one.
 * @throws Error of the system call
 */
function writeWhole({ path, text, mode }: PlannedFile): number {
  const temporary = joinPath(dirname(path), `.${Math.random().toString(36).slice(2)}.tmp`);
  const lock = tryReplaceFile(path, temporary, text, mode);
  if (lock !== undefined) return lock;
  const fs = nodeFs();
  try {
    fs.writeFileSync(temporary, text, { flag: "wx", mode });
    fs.renameSync(temporary, path);
    return tryLock(path);
  } catch (error) {
    removeTemporary(temporary);
    throw error;
  }
}

function attempt(what: string, directory: string, remedy: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    throw new ConfigError(`Cannot ${what}`, [`${reasonOf(cause)}${placeText(errorCode(cause), directory)}; ${remedy}`]);
  }
}

/** Errors of a file system that is full: owner and mode of a directory do not matter then. */
const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);
/** Errors of the process or the machine: no directory matters then. */
const ELSEWHERE: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** Returns what matters of a directory for an error, in brackets for the end of its reason; may be empty. */
export function placeText(code: string, directory: string): string {
  if (ELSEWHERE.has(code)) return "";
  return ` (${FULL.has(code) ? describeMount(directory) : describeDirectory(directory)})`;
}

/** Describes who may write to a directory, for an error message: its nearest existing ancestor, the owner, mode and mount. */
function describeDirectory(directory: string): string {
  const agent = `the agent runs as uid ${process.getuid?.()}`;
  const found = nearestExisting(directory);
  if (found === undefined) return agent;
  const { path, stat } = found;
  const kind = stat.isDirectory() ? "directory" : "file, not a directory,";
  const mount = mountOf(path);
  const on = mount === undefined ? "" : `, on ${mount}`;
  return `${agent}; the ${kind} "${path}" is owned by uid ${stat.uid}, mode 0${(stat.mode & 0o7777).toString(8)}${on}`;
}

/** Describes the file system of a directory, for an error message. */
function describeMount(directory: string): string {
  const mount = mountOf(nearestExisting(directory)?.path ?? directory);
  return `"${directory}"${mount === undefined ? "" : ` is on ${mount}`}`;
}

/** Returns a directory, or the nearest one above that exists. */
function nearestExisting(directory: string): { readonly path: string; readonly stat: Stats } | undefined {
  for (let path = directory; ; path = dirname(path)) {
    try {
      return { path, stat: nodeFs().statSync(path) };
    } catch {
      if (path === dirname(path)) return undefined;
    }
  }
}

function mountOf(path: string): string | undefined {
  try {
    const absolute = cleanPath(path.startsWith("/") ? path : `${process.cwd()}/${path}`);
    const mounts = (tryReadText("/proc/self/mounts") ?? "").split("\n").map((line) => line.split(" "));
    const matching = mounts.filter(([, point]) => point !== undefined && `${absolute}/`.startsWith(point === "/" ? "/" : `${point}/`));
    const [, point, type, options = ""] = matching.toSorted((a, b) => (a[1]?.length ?? 0) - (b[1]?.length ?? 0)).at(-1) ?? [];
    return point === undefined
      ? undefined
      : `the ${options.split(",").includes("ro") ? "read-only" : "writable"} mount "${point}" (${type})`;
  } catch {
    return undefined;
  }
}
