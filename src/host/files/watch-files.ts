import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "../../go/path.ts";
import { errorCode, reasonOf } from "./read-file.ts";

/** What two errors of inotify mean; its limits apply to the whole machine. */
const INOTIFY: Readonly<Record<string, string>> = {
  ENOSPC: "the user's limit of inotify watches is reached; raise fs.inotify.max_user_watches",
  EMFILE: "the user's limit of inotify instances is reached; raise fs.inotify.max_user_instances",
};

export interface WatchOptions {
  /** Milliseconds from the first event to the report; later events until then are part of it (contract 1.6 §10.5). */
  readonly debounce: number;
  /** Called when a directory cannot be watched; the others still are. */
  readonly warn?: (problem: string) => void;
}

/**
 * Reports changes in the directories of these files: writes in place, renames, the kubelet's swap of `..data`. A directory that does not
 * exist yet, is removed or is replaced is watched again when it appears. The caller compares the contents. Returns a function that stops
 * the watch.
 */
export function watchFiles(paths: readonly string[], onChange: () => void, { debounce, warn }: WatchOptions): () => void {
  let timer: Timer | undefined;
  const changed = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      onChange();
    }, debounce).unref();
  };
  const reported = new Set<string>();
  const warnOnce = (problem: string) => {
    if (!reported.has(problem)) warn?.(problem);
    reported.add(problem);
  };
  const directories = [...new Set(paths.map(dirname))];
  const stops = directories.map((directory) => followDirectory(directory, changed, warnOnce));
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}

/** A watched directory, identified by its inode: another directory may take its name. */
interface Watched {
  readonly path: string;
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/** Watches a directory and its parent, to notice when it is replaced; or its nearest existing ancestor, until it appears. */
function followDirectory(directory: string, changed: () => void, warn: (problem: string) => void): () => void {
  let watched: readonly Watched[] = [];
  let known = identityOf(directory);
  const seen = (path: string) => {
    if (path === directory) changed();
    look();
  };
  const look = () => {
    watched = adjustWatches(watched, directory, seen, warn);
    const now = identityOf(directory);
    if (now !== known) changed();
    known = now;
  };
  look();
  // A closed watcher drops events that it has not reported yet.
  return () => {
    for (const { watcher } of watched) watcher.close();
  };
}

/** Opens and closes watches until they match what exists: while one is opened, the next directory may appear. */
function adjustWatches(
  watched: readonly Watched[],
  directory: string,
  event: (path: string) => void,
  warn: (problem: string) => void,
): readonly Watched[] {
  let current = watched;
  for (;;) {
    const wanted = wantedFor(directory);
    const isWanted = (each: Watched) => wanted.some(([path, identity]) => path === each.path && identity === each.identity);
    for (const each of current) if (!isWanted(each)) each.watcher.close();
    const kept = current.filter(isWanted);
    const missing = wanted.filter(([path]) => !kept.some((each) => each.path === path));
    const opened = missing.flatMap(([path, identity]) => open(path, identity, event, warn));
    current = [...kept, ...opened];
    if (opened.length === 0) return current;
  }
}

function open(path: string, identity: string, event: (path: string) => void, warn: (problem: string) => void): readonly Watched[] {
  try {
    const watcher = watch(path, { persistent: false }, () => event(path));
    watcher.on("error", () => event(path));
    return [{ path, identity, watcher }];
  } catch (error) {
    // It was removed in the meantime; the next check notices.
    if (identityOf(path) !== undefined) warn(`Cannot watch "${path}" for changes: ${INOTIFY[errorCode(error)] ?? reasonOf(error)}`);
    return [];
  }
}

/** Returns the directories to watch for one directory, with their present inodes. */
function wantedFor(directory: string): readonly (readonly [path: string, identity: string])[] {
  for (let path = directory; ; path = dirname(path)) {
    const above = dirname(path);
    const identity = identityOf(path);
    const own = identity === undefined ? [] : [[path, identity] as const];
    if (path === above) return own;
    if (identity === undefined) continue;
    const upper = path === directory ? identityOf(above) : undefined;
    return upper === undefined ? own : [...own, [above, upper]];
  }
}

function identityOf(path: string): string | undefined {
  try {
    const stat = statSync(path);
    return stat.isDirectory() ? `${stat.dev}:${stat.ino}` : undefined;
  } catch {
    return undefined;
  }
}
