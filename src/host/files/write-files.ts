import { ConfigError } from "../../common/errors.ts";
import { cleanPath, dirname, joinPath } from "../../go/path.ts";
import type { EpochPlan, PlannedFile } from "../../launch/plan.ts";
import { isLocked, nodeFs, tryLock, tryMakeDirectory, tryRemove, tryReplaceFile } from "./libc-files.ts";
import { forgetFile, isOwnFile, rememberFile } from "./own-files.ts";
import { reasonOf, tryReadText } from "./read-file.ts";

const DIRECTORY_MODE = 0o700;

/**
 * Writes the files of a launch: each whole or not at all, into directories made with mode 0700 where they are missing
 * (contract 1.6 §8, 1.30 §3). Whatever is in the place of one is replaced; warns of one that another agent uses.
 * @throws ConfigError that names the directory, its owner, mode and mount
 */
export function writeFiles({ directory, files, removals, temporary }: EpochPlan, warn: (text: string) => void): void {
  for (const socket of removals) remove(socket);
  if (directory !== undefined && !tryMakeDirectory(directory, DIRECTORY_MODE))
    attempt(`create the directory "${directory}"`, directory, () =>
      nodeFs().mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE }),
    );
  for (const file of files) {
    const { path } = file;
    if (isLocked(path) && !isOwnFile(path))
      warn(`Replacing "${path}", which belongs to another running agent: set a different configPath for each agent`);
    attempt(`write "${path}"`, dirname(path), () => {
      const lock = writeWhole(file);
      rememberFile(path, lock);
      if (!temporary.includes(path)) forgetFile(path);
    });
  }
}

/** Removes what an Envoy that has ended leaves behind, but for files that another agent has written in their place. */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      if (isOwnFile(path)) remove(path);
    } catch {
      // The next start writes it again.
    }
    forgetFile(path);
  }
}

/** @throws what the system call gives, but for a file that is not there */
function remove(path: string): void {
  if (!tryRemove(path)) nodeFs().rmSync(path, { force: true });
}

/**
 * A temporary file beside the target takes its place when it is complete. Returns the descriptor of its lock, -1 without one.
 * @throws what the system call gives
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
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

function attempt(what: string, directory: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    throw new ConfigError(`Cannot ${what}`, [`${reasonOf(cause)} (${describe(directory)})`]);
  }
}

/** Who may write to a directory, for the message of a failure: nearest existing ancestor, its owner and mode, its mount. */
function describe(directory: string): string {
  const agent = `the agent runs as uid ${process.getuid?.()}`;
  for (let path = directory; ; path = dirname(path)) {
    try {
      const stat = nodeFs().statSync(path);
      const kind = stat.isDirectory() ? "directory" : "file, not a directory,";
      return `${agent}; the ${kind} "${path}" is owned by uid ${stat.uid}, mode 0${(stat.mode & 0o7777).toString(8)}${mountOf(path)}`;
    } catch {
      if (path === dirname(path)) return agent;
    }
  }
}

function mountOf(path: string): string {
  try {
    const absolute = cleanPath(path.startsWith("/") ? path : `${process.cwd()}/${path}`);
    const mounts = (tryReadText("/proc/self/mounts") ?? "").split("\n").map((line) => line.split(" "));
    const holding = mounts.filter(([, point]) => point !== undefined && `${absolute}/`.startsWith(point === "/" ? "/" : `${point}/`));
    const [, point, type, options = ""] = holding.toSorted((a, b) => (a[1]?.length ?? 0) - (b[1]?.length ?? 0)).at(-1) ?? [];
    return point === undefined
      ? ""
      : `, on a ${type} mount "${point}" that is ${options.split(",").includes("ro") ? "read-only" : "writable"}`;
  } catch {
    return "";
  }
}
