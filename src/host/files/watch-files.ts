import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "../../go/path.ts";
import { errorCode, reasonOf } from "./read-file.ts";

/** What two errors mean of inotify, whose limits are the machine's. */
const INOTIFY: Readonly<Record<string, string>> = {
  ENOSPC: "the user's limit of inotify watches is reached; raise fs.inotify.max_user_watches",
  EMFILE: "the user's limit of inotify instances is reached; raise fs.inotify.max_user_instances",
};

export interface WatchOptions {
  /** Milliseconds from the first sign of a change to its report; what happens until then is part of it (contract 1.6 §10.5). */
  readonly debounce: number;
  /** Told when a directory cannot be watched; the others still are. */
  readonly warn?: (problem: string) => void;
}

/**
 * Reports when something happens in the directories that hold these files: changes in place, by rename, by the kubelet's
 * swap of `..data`. Directories that are not there yet, go or are replaced are followed. Whether a content has changed is
 * for the caller to see. Returns what ends it.
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

/** A directory that is being watched, known by its inode: another one may have taken its name. */
interface Watched {
  readonly path: string;
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/** Watches a directory, and the one above it for the day it is replaced; or the nearest one there is until it appears. */
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
  // A watcher that is closed reports nothing more, even what it had seen.
  return () => {
    for (const { watcher } of watched) watcher.close();
  };
}

/** Opens and closes watches until they are the right ones: while one is opened the next directory may appear. */
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
    // Gone between two looks: its absence is seen by the next one.
    if (identityOf(path) !== undefined) warn(`Cannot watch "${path}" for changes: ${INOTIFY[errorCode(error)] ?? reasonOf(error)}`);
    return [];
  }
}

/** What to watch for the sake of a directory, with what stands there now. */
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
