import { dirname } from "../../go/path.ts";
import { watchDirectories } from "./watch-directories.ts";

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
export function watchFiles(paths: readonly string[], onChange: () => void, { debounce, warn = () => {} }: WatchOptions): () => void {
  let timer: Timer | undefined;
  const changed = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      onChange();
    }, debounce).unref();
  };
  const directories = watchDirectories(warn);
  const stops = [...new Set(paths.map(dirname))].map((directory) => directories.add(directory, undefined, changed));
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}
