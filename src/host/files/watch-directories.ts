import type { FSWatcher } from "node:fs";
import { basePath, dirname } from "../../go/path.ts";
import { type OpenWatch, retryLater, watchOpener } from "./open-watch.ts";
import { pathIdentity } from "./path-identity.ts";

/** Watches of directories, each of which is watched once however many files in it are of interest. */
export interface DirectoryWatches {
  /**
   * Calls back when something happens to one name in a directory, or to any if `name` is undefined; also when the directory appears, is
   * removed or is replaced, at a path that may not exist yet. Returns a function that stops it.
   */
  readonly add: (directory: string, name: string | undefined, changed: () => void) => () => void;
}

/** A directory that is watched, or that does not exist. */
interface Directory {
  readonly path: string;
  /** Who is called about a name; by undefined, who is called about all of them. */
  readonly listeners: Map<string | undefined, Set<() => void>>;
  /** Another directory may take its path. Undefined while it does not exist. */
  identity: string | undefined;
  watcher: FSWatcher | undefined;
}

/** A directory with names of interest, and the one above it that shows when it appears or is replaced. */
interface Followed {
  readonly path: string;
  above: { readonly path: string; readonly stop: () => unknown } | undefined;
  /** How many names of it are of interest. */
  names: number;
}

/**
 * Opens watches of directories. `warn` is called once for each directory that cannot be watched; the others still are. Such a one is tried
 * again and again, and each time everybody is called who is interested in it.
 */
export function watchDirectories(warn: (problem: string) => void): DirectoryWatches {
  const directories = new Map<string, Directory>();
  const followed = new Map<string, Followed>();
  const open = watchOpener(warn);
  const retries = retryLater(() => {
    const failing = [...directories.values()].filter(cannotBeWatched);
    for (const directory of failing) for (const call of allOf(directory)) call();
    for (const each of [...followed.values()]) follow(each);
    return [...directories.values()].some(cannotBeWatched);
  });
  const heard = (directory: Directory, type: string, name: string | null) => {
    const isItself = name === null || (type === "rename" && name === basePath(directory.path));
    for (const call of isItself ? allOf(directory) : listenersOf(directory, name)) call();
    const own = isItself ? followed.get(directory.path) : undefined;
    if (own !== undefined) follow(own);
  };
  /** Opens watches until they match what exists: while one is opened, the next directory may appear. */
  const follow = (each: Followed) => {
    let hasOpened: boolean;
    do {
      const above = nearestAbove(each.path);
      if (above?.path !== each.above?.path) {
        each.above?.stop();
        each.above = above && { path: above.path, stop: listen(directories, above.path, above.name, () => follow(each)) };
      }
      const existing = [each.path, ...(above === undefined ? [] : [above.path])].flatMap((path) => directories.get(path) ?? []);
      hasOpened = existing.map((directory) => refresh(directory, heard, open)).includes(true);
      if (existing.some(cannotBeWatched)) retries.schedule();
    } while (hasOpened);
  };

  return {
    add(path, name, changed) {
      const stop = listen(directories, path, name, changed);
      const own = followed.get(path) ?? { path, above: undefined, names: 0 };
      own.names++;
      if (!followed.has(path)) {
        followed.set(path, own);
        follow(own);
      }
      return () => {
        if (!stop()) return;
        own.names--;
        if (own.names > 0) return;
        own.above?.stop();
        followed.delete(path);
      };
    },
  };
}

/** Reports whether a directory exists and is of interest, but its watch could not be opened. */
function cannotBeWatched({ identity, watcher, listeners }: Directory): boolean {
  return identity !== undefined && watcher === undefined && listeners.size > 0;
}

/** Adds a listener. Returns a function that removes it, and returns whether it was there; the last one closes the watch of the directory. */
function listen(directories: Map<string, Directory>, path: string, name: string | undefined, listener: () => void): () => boolean {
  const directory = directories.get(path) ?? { path, listeners: new Map(), identity: pathIdentity(path, "directory"), watcher: undefined };
  directories.set(path, directory);
  const calls = directory.listeners.get(name) ?? new Set();
  // A function of its own: the same listener may be added again before it is removed.
  const call = () => listener();
  directory.listeners.set(name, calls.add(call));
  return () => {
    if (!calls.delete(call)) return false;
    if (calls.size === 0) directory.listeners.delete(name);
    if (directory.listeners.size > 0) return true;
    // A closed watcher drops events that it has not reported yet.
    directory.watcher?.close();
    return directories.delete(path);
  };
}

type HeardIn = (directory: Directory, type: string, name: string | null) => void;

/** Looks at a directory again, and calls all of its listeners if it is another one. Returns whether a watch was opened. */
function refresh(directory: Directory, heard: HeardIn, open: OpenWatch): boolean {
  const identity = pathIdentity(directory.path, "directory");
  if (identity !== directory.identity) {
    // The runtime has one watch for each path: that of the directory before would be used again.
    directory.watcher?.close();
    directory.watcher = undefined;
    directory.identity = identity;
    queueMicrotask(() => {
      for (const call of allOf(directory)) call();
    });
  }
  if (identity === undefined || directory.watcher !== undefined) return false;
  directory.watcher = open(directory.path, (type, name) => heard(directory, type, name));
  return directory.watcher !== undefined;
}

function listenersOf({ listeners }: Directory, name: string): readonly (() => void)[] {
  return [...(listeners.get(name) ?? []), ...(listeners.get(undefined) ?? [])];
}

function allOf({ listeners }: Directory): readonly (() => void)[] {
  return [...listeners.values()].flatMap((calls) => [...calls]);
}

/** Returns the nearest existing directory above a path, and the name in it that leads there; undefined if nothing is above. */
function nearestAbove(path: string): { readonly path: string; readonly name: string } | undefined {
  for (let below = path; ; below = dirname(below)) {
    const above = dirname(below);
    if (above === below) return undefined;
    if (pathIdentity(above, "directory") !== undefined) return { path: above, name: basePath(below) };
  }
}
