import { type FSWatcher, watch } from "node:fs";
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
  readonly listeners: Set<() => void>;
  /** Another file may take its path. */
  identity: string | undefined;
  watcher: FSWatcher | undefined;
}

/** Opens watches of files. */
export function watchInodes(): InodeWatches {
  const files = new Map<string, Watched>();
  const follow = (path: string, file: Watched): void => {
    const identity = pathIdentity(path, "any");
    if (identity === file.identity && file.watcher !== undefined) return;
    // The runtime has one watch for each path: that of the file before would be used again.
    file.watcher?.close();
    file.identity = identity;
    file.watcher = identity === undefined ? undefined : open(path, file.listeners);
  };
  return {
    add(path, changed) {
      const file = files.get(path) ?? { listeners: new Set(), identity: undefined, watcher: undefined };
      files.set(path, file);
      const call = () => changed();
      file.listeners.add(call);
      return {
        follow: () => follow(path, file),
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

function open(path: string, listeners: ReadonlySet<() => void>): FSWatcher | undefined {
  const changed = () => {
    for (const call of [...listeners]) call();
  };
  try {
    return watch(path, { persistent: false }, changed).on("error", changed);
  } catch {
    return undefined;
  }
}
