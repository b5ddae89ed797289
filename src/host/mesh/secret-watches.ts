import { type FileWatch, fileWatches, type WatchedFile } from "./watch-file.ts";

/** The watches of the files of secrets, by the names of the secrets. */
export interface SecretWatches {
  /** Returns how many changes of a secret are known. */
  readonly version: (name: string) => number;
  /** Watches a file with the content that was just read; if it is watched, that it has another content than was known is a change too. */
  readonly seen: (name: string, file: WatchedFile, content: Uint8Array) => void;
  readonly close: () => void;
}

/** What the watches need. `changed` is called with each change, and how many there were. */
export interface SecretWatchTools {
  readonly changed: (name: string, version: number) => void;
  readonly warn: (problem: string) => void;
}

/** More names than any proxy has; the names come from the clients of the socket. */
const MOST_NAMES = 10_000;

/** Opens watches: each file is watched from the first time it is seen. */
export function secretWatches({ changed, warn }: SecretWatchTools): SecretWatches {
  const watches = new Map<string, FileWatch>();
  const versions = new Map<string, number>();
  const open = fileWatches(warn);
  const version = (name: string) => versions.get(name) ?? 0;
  const change = (name: string) => {
    const next = version(name) + 1;
    versions.set(name, next);
    changed(name, next);
  };
  let isClosed = false;
  return {
    version,
    seen(name, file, content) {
      const watched = watches.get(name);
      if (watched !== undefined) return watched.seen(content);
      if (watches.size >= MOST_NAMES || isClosed) return;
      watches.set(
        name,
        open(file, content, () => change(name)),
      );
    },
    close() {
      isClosed = true;
      for (const each of watches.values()) each.close();
    },
  };
}
