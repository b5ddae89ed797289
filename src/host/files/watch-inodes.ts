import type { FSWatcher } from "node:fs";
import { type OpenWatch, retryLater, watchOpener } from "./open-watch.ts";
import { pathIdentity } from "./path-identity.ts";

/** Watches of files themselves, each of which is watched once however many listeners it has. */
export interface InodeWatches {
  /** Calls back when something happens to the file at a path, whatever name it is changed by. It is watched from the first `follow` on. */
  readonly add: (path: string, changed: () => void) => InodeWatch;
}

/** The watch of one listener. */
export interface InodeWatch {
  /** Watches the file that is at the path now. */
  readonly follow: () => void;
  readonly stop: () => void;
}

interface Watched {
  readonly path: string;
  readonly listeners: Set<() => void>;
  /** Another file may take its path. Undefined while there is none. */
  identity: string | undefined;
  watcher: FSWatcher | undefined;
}

/**
 * Opens watches of files. `warn` is called once for each file that cannot be watched. Such a one is tried again and again, and each time
 * everybody is called who is interested in it.
 */
export function watchInodes(warn: (problem: string) => void): InodeWatches {
  const files = new Map<string, Watched>();
  const open = watchOpener(warn);
  const retries = retryLater(() => {
    const failing = [...files.values()].filter(cannotBeWatched);
    for (const file of failing) {
      follow(file, open);
      callAll(file);
    }
    return failing.some(cannotBeWatched);
  });
  return {
    add(path, changed) {
      const file = files.get(path) ?? { path, listeners: new Set(), identity: undefined, watcher: undefined };
      files.set(path, file);
      const call = () => changed();
      file.listeners.add(call);
      return {
        follow() {
          follow(file, open);
          if (cannotBeWatched(file)) retries.schedule();
        },
        stop() {
          file.listeners.delete(call);
          if (file.listeners.size > 0 || files.get(path) !== file) return;
          file.watcher?.close();
          files.delete(path);
        },
      };
    },
  };
}

function follow(file: Watched, open: OpenWatch): void {
  const identity = pathIdentity(file.path, "any");
  if (identity === file.identity && file.watcher !== undefined) return;
  // The runtime has one watch for each path: that of the file before would be used again.
  file.watcher?.close();
  file.identity = identity;
  file.watcher = identity === undefined ? undefined : open(file.path, () => callAll(file));
}

/** Reports whether a file exists, but its watch could not be opened. */
function cannotBeWatched({ identity, watcher }: Watched): boolean {
  return identity !== undefined && watcher === undefined;
}

function callAll({ listeners }: Watched): void {
  for (const call of [...listeners]) call();
}
