import { type FSWatcher, watch } from "node:fs";
import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import type { Log } from "../../common/notice.ts";
import { xdsFileProblem } from "../../envoy/xds-file.ts";
import { XDS_FILE_NAMES } from "../../envoy/xds-file-names.ts";
import { joinPath } from "../../go/path.ts";
import { nodeFs } from "../files/libc-files.ts";
import { readRegularFile, reasonOf } from "../files/read-file.ts";

/** Milliseconds from the first event to the check: an editor writes a file in several steps. */
const DEBOUNCE = 300;

/** Opens the check of the files that Envoy reads its resources from. */
export function openXdsFiles({ agent, log }: ServiceContext): Service {
  const { xdsDirectory } = agent.services;
  return untilInterrupted(xdsDirectory === undefined ? () => {} : checkXdsFiles(xdsDirectory, log));
}

/**
 * Reports what is wrong with the xDS files, now and after each change, and files written in place, which Envoy does not notice.
 * Files behind symbolic links, as in a ConfigMap, are never written in place and are not watched. Returns a function that stops the check.
 */
export function checkXdsFiles(directory: string, log: Log): () => void {
  const files = new Map<string, string>(XDS_FILE_NAMES.map((name) => [name, joinPath(directory, name)] as const));
  const reported = new Set<string>();
  const check = (path: string) => {
    const problem = xdsFileProblem(path, readRegularFile(path));
    if (problem !== undefined && !reported.has(problem)) log("warn", problem);
    if (problem !== undefined) reported.add(problem);
  };
  for (const path of files.values()) check(path);
  return [...files.values()].some(isSymbolicLink) ? () => {} : watchContents(directory, files, check, log);
}

/** Calls `changed` for each file whose contents change, and warns if it was written in place. Returns a function that stops the watch. */
function watchContents(directory: string, files: ReadonlyMap<string, string>, changed: (path: string) => void, log: Log): () => void {
  const seen = new Map([...files].map(([name, path]) => [name, contents(path)] as const));
  const touched = new Map<string, { isWritten: boolean }>();
  let timer: Timer | undefined;
  const checkTouched = () => {
    timer = undefined;
    for (const [name, { isWritten }] of touched) {
      const path = files.get(name) ?? "";
      const text = contents(path);
      if (text === seen.get(name)) continue;
      seen.set(name, text);
      if (isWritten) log("warn", writtenInPlace(name, path));
      changed(path);
    }
    touched.clear();
  };
  const watcher = watchDirectory(directory, log, (event, name) => {
    if (!files.has(name)) return;
    const touch = touched.get(name) ?? { isWritten: false };
    touched.set(name, { isWritten: touch.isWritten || event === "change" });
    timer ??= setTimeout(checkTouched, DEBOUNCE).unref();
  });
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}

function writtenInPlace(name: string, path: string): string {
  return `File "${path}" was modified in place, which Envoy does not notice: write a new file next to it and rename it to ${name} (mv)`;
}

function watchDirectory(directory: string, log: Log, changed: (event: string, name: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, (event, name) => changed(event, String(name)));
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch (error) {
    log("debug", `Cannot watch "${directory}" for files that are modified in place: ${reasonOf(error)}`);
    return undefined;
  }
}

function contents(path: string): string | undefined {
  const file = readRegularFile(path);
  return file.kind === "text" ? file.text : undefined;
}

function isSymbolicLink(path: string): boolean {
  try {
    return nodeFs().lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
