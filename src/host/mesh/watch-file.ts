import { resolve } from "node:path";
import { linkedPaths } from "../../mesh/linked-paths.ts";
import { nodeFs } from "../files/libc-files.ts";
import { watchFiles } from "../files/watch-files.ts";
import { readBytes } from "./read-bytes.ts";

/** The watch of one file; also while it does not exist. */
export interface FileWatch {
  /** Sets what was read last: only another content is a change. */
  readonly seen: (content: Uint8Array) => void;
  readonly close: () => void;
}

/** Milliseconds from the first event to the look at the file: a certificate is often written a little before or after its key. */
const DEBOUNCE = 100;

/** A file, and whether another one that a symbolic link then points to counts at once, or when the one before is gone. */
export interface WatchedFile {
  readonly path: string;
  readonly followsLinks: boolean;
}

/** Calls back when a file has another content than was seen last, or none. */
export function watchFile(
  { path, followsLinks }: WatchedFile,
  seen: Uint8Array,
  changed: () => void,
  warn: (problem: string) => void,
): FileWatch {
  let content: Buffer | undefined = Buffer.from(seen);
  let isClosed = false;
  let paths: readonly string[] = [];
  let stop = () => {};
  const look = async () => {
    follow();
    const now = await readBytes(path).catch(() => undefined);
    if (isClosed || (now === undefined ? content === undefined : content?.equals(now))) return;
    content = now;
    changed();
  };
  const follow = () => {
    const all = linkedPaths(resolve(path), linkTarget);
    const now = followsLinks ? all : all.slice(-1);
    if (isClosed || now.join("\0") === paths.join("\0")) return;
    stop();
    paths = now;
    stop = watchFiles(now, look, { debounce: DEBOUNCE, warn });
  };
  follow();
  // What has happened since it was read, and before it was watched.
  look();
  return {
    seen(now) {
      content = Buffer.from(now);
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}

function linkTarget(path: string): string | undefined {
  try {
    return nodeFs().readlinkSync(path);
  } catch {
    return undefined; // No link, or nothing at all.
  }
}
