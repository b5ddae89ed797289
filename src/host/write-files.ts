import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cleanPath, dirname, joinPath } from "../go/path.ts";
import { ConfigError } from "../inputs/errors.ts";
import type { Launch, LaunchFile } from "../launch/launch.ts";
import { reasonOf } from "./read-file.ts";

/**
 * Writes the files of a launch: each whole or not at all, into directories made with mode 0700 where they are missing
 * (spec 1.6 §8, 1.30 §3). @throws ConfigError that names the directory, its owner, mode and mount
 */
export function writeFiles(launch: Launch): void {
  for (const socket of launch.removals) rmSync(socket, { force: true });
  if (launch.directory !== undefined)
    attempt(`make the directory "${launch.directory}"`, launch.directory, () =>
      mkdirSync(launch.directory ?? "", { recursive: true, mode: 0o700 }),
    );
  for (const file of launch.files) attempt(`write "${file.path}"`, dirname(file.path), () => writeWhole(file));
}

/** Removes what an Envoy that has ended leaves behind. */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true });
    } catch {
      // The next start writes it again.
    }
  }
}

/** A temporary file beside the target takes its place when it is complete. */
function writeWhole({ path, text, mode }: LaunchFile): void {
  const temporary = joinPath(dirname(path), `.${Math.random().toString(36).slice(2)}.tmp`);
  try {
    writeFileSync(temporary, text, { flag: "wx", mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
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
      const stat = statSync(path);
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
    const mounts = readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" "));
    const holding = mounts.filter(([, point]) => point !== undefined && `${absolute}/`.startsWith(point === "/" ? "/" : `${point}/`));
    const [, point, type, options = ""] = holding.toSorted((a, b) => (a[1]?.length ?? 0) - (b[1]?.length ?? 0)).at(-1) ?? [];
    return point === undefined
      ? ""
      : `, on a ${type} mount "${point}" that is ${options.split(",").includes("ro") ? "read-only" : "writable"}`;
  } catch {
    return "";
  }
}
