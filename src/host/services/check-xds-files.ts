import { type FSWatcher, watch } from "node:fs";
import type { Log } from "../../common/notice.ts";
import { XDS_FILES, xdsFileProblem } from "../../envoy/xds-file.ts";
import { joinPath } from "../../go/path.ts";
import { nodeFs } from "../files/libc-files.ts";
import { readPlainFile, reasonOf } from "../files/read-file.ts";

/** From the first sign of a change to the look at it: an editor writes in several steps. */
const DEBOUNCE = 300;

/**
 * Says what is wrong with the files that Envoy takes its resources from, now and after each change, and that a file was written
 * in place, which Envoy does not see. Files behind links, as of a ConfigMap, are never written so and are not watched. Returns what ends it.
 */
export function lookIntoXds(directory: string, log: Log): () => void {
  const files = new Map(XDS_FILES.map((name) => [name, joinPath(directory, name)] as const));
  const said = new Set<string>();
  const look = (path: string) => {
    const problem = xdsFileProblem(path, readPlainFile(path));
    if (problem !== undefined && !said.has(problem)) log("warn", problem);
    if (problem !== undefined) said.add(problem);
  };
  for (const path of files.values()) look(path);
  if ([...files.values()].some(isLink)) return () => {};
  const seen = new Map([...files].map(([name, path]) => [name, textOf(path)] as const));
  const touched = new Map<string, { isWritten: boolean }>();
  let timer: Timer | undefined;
  const settle = () => {
    timer = undefined;
    for (const [name, { isWritten }] of touched) {
      const path = files.get(name) ?? "";
      const text = textOf(path);
      if (text === seen.get(name)) continue;
      seen.set(name, text);
      if (isWritten)
        log(
          "warn",
          `File "${path}" was modified in place, which Envoy does not notice: write a new file next to it and rename it to ${name} (mv)`,
        );
      look(path);
    }
    touched.clear();
  };
  const watcher = opened(directory, log, (event, name) => {
    if (!files.has(name)) return;
    const touch = touched.get(name) ?? { isWritten: false };
    touched.set(name, { isWritten: touch.isWritten || event === "change" });
    timer ??= setTimeout(settle, DEBOUNCE).unref();
  });
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}

function opened(directory: string, log: Log, changed: (event: string, name: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, (event, name) => changed(event, String(name)));
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch (error) {
    log("debug", `Cannot watch "${directory}" for files that are modified in place: ${reasonOf(error)}`);
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  const file = readPlainFile(path);
  return file.kind === "text" ? file.text : undefined;
}

function isLink(path: string): boolean {
  try {
    return nodeFs().lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
