import { cleanPath, dirname, joinPath } from "../go/path.ts";
import { ConfigError } from "../inputs/errors.ts";
import type { Launch, LaunchFile } from "../launch/launch.ts";
import { nodeFs, quickDirectory, quickRemove, quickReplace } from "./quick-files.ts";
import { reasonOf, textIn } from "./read-file.ts";

const DIRECTORY_MODE = 0o700;

/**
 * Writes the files of a launch: each whole or not at all, into directories made with mode 0700 where they are missing
 * (spec 1.6 §8, 1.30 §3). @throws ConfigError that names the directory, its owner, mode and mount
 */
export function writeFiles({ directory, files, removals }: Launch): void {
  for (const socket of removals) remove(socket);
  if (directory !== undefined && !quickDirectory(directory, DIRECTORY_MODE))
    attempt(`make the directory "${directory}"`, directory, () => nodeFs().mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE }));
  for (const file of files) attempt(`write "${file.path}"`, dirname(file.path), () => writeWhole(file));
}

/** Removes what an Envoy that has ended leaves behind. */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      remove(path);
    } catch {
      // The next start writes it again.
    }
  }
}

/** @throws what the system call gives, but for a file that is not there */
function remove(path: string): void {
  if (!quickRemove(path)) nodeFs().rmSync(path, { force: true });
}

/** A temporary file beside the target takes its place when it is complete. @throws what the system call gives */
function writeWhole({ path, text, mode }: LaunchFile): void {
  const temporary = joinPath(dirname(path), `.${Math.random().toString(36).slice(2)}.tmp`);
  if (quickReplace(path, temporary, text, mode)) return;
  const fs = nodeFs();
  try {
    fs.writeFileSync(temporary, text, { flag: "wx", mode });
    fs.renameSync(temporary, path);
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
      return `${agent}; the ${kind} "${path}" belongs to uid ${stat.uid}, mode 0${(stat.mode & 0o7777).toString(8)}${mountOf(path)}`;
    } catch {
      if (path === dirname(path)) return agent;
    }
  }
}

function mountOf(path: string): string {
  try {
    const absolute = cleanPath(path.startsWith("/") ? path : `${process.cwd()}/${path}`);
    const mounts = (textIn("/proc/self/mounts") ?? "").split("\n").map((line) => line.split(" "));
    const holding = mounts.filter(([, point]) => point !== undefined && `${absolute}/`.startsWith(point === "/" ? "/" : `${point}/`));
    const [, point, type, options = ""] = holding.toSorted((a, b) => (a[1]?.length ?? 0) - (b[1]?.length ?? 0)).at(-1) ?? [];
    return point === undefined
      ? ""
      : `, on a ${type} mount "${point}" that is ${options.split(",").includes("ro") ? "read-only" : "writable"}`;
  } catch {
    return "";
  }
}
