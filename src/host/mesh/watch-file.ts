import { resolve } from "node:path";
import { basePath, dirname } from "../../go/path.ts";
import { linkedPaths } from "../../mesh/linked-paths.ts";
import { nodeFs } from "../files/libc-files.ts";
import { type DirectoryWatches, watchDirectories } from "../files/watch-directories.ts";
import { type InodeWatch, type InodeWatches, watchInodes } from "../files/watch-inodes.ts";
import { digestOf } from "./digest-of.ts";
import { readBytes } from "./read-bytes.ts";

/** The watch of one file; also while it does not exist. */
export interface FileWatch {
  /** Compares what someone has read with what was known: another content is a change. */
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

/** Opens watches of files: each calls back when its file has another content than was known, or none. */
export function fileWatches(warn: (problem: string) => void): (file: WatchedFile, seen: Uint8Array, changed: () => void) => FileWatch {
  const directories = watchDirectories(warn);
  const inodes = watchInodes(warn);
  let last = Promise.resolve();
  // Thousands of files that change at once would take as many descriptors.
  const inTurn: Tools["inTurn"] = (look) => {
    last = last.then(look);
  };
  return (file, seen, changed) => watchFile(file, seen, changed, { directories, inodes, inTurn });
}

/** What the watches share. `inTurn` performs one look at a file after the other. */
interface Tools {
  readonly directories: DirectoryWatches;
  readonly inodes: InodeWatches;
  readonly inTurn: (look: () => Promise<void>) => void;
}

function watchFile({ path, followsLinks }: WatchedFile, seen: Uint8Array, changed: () => void, tools: Tools): FileWatch {
  const { inTurn } = tools;
  let digest: string | undefined = digestOf(seen);
  /** How often others have read it: a look during which one has may have the content of before. */
  let reads = 0;
  let isClosed = false;
  let isDue = true;
  let timer: Timer | undefined;
  const compare = (now: string | undefined) => {
    if (isClosed || now === digest) return;
    digest = now;
    changed();
  };
  const look = async () => {
    isDue = false;
    if (!isClosed) follower.follow();
    const before = reads;
    const now = await readBytes(path).then(digestOf, () => undefined);
    if (reads === before) compare(now);
    else inTurn(look);
  };
  const event = () => {
    if (isDue) return;
    isDue = true;
    timer = setTimeout(() => inTurn(look), DEBOUNCE).unref();
  };
  const follower = followPaths({ path, followsLinks }, event, tools);
  follower.follow();
  // What has happened since it was read, and before it was watched.
  inTurn(look);
  return {
    seen(now) {
      reads++;
      compare(digestOf(now));
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      follower.close();
    },
  };
}

/**
 * Watches the directories of a file and of the links that lead to it, and the file itself: its directory does not show its changes if they
 * are made by another name, if it is mounted there alone, or if the directory cannot be watched. `event` is called when something has happened.
 */
function followPaths({ path, followsLinks }: WatchedFile, event: () => void, { directories, inodes }: Tools) {
  let paths: readonly string[] = [];
  let stops: readonly (() => void)[] = [];
  let itself: InodeWatch | undefined;
  return {
    /** Looks where the links lead now. */
    follow(): void {
      const all = linkedPaths(resolve(path), linkTarget);
      const now = followsLinks ? all : all.slice(-1);
      if (now.join("\0") !== paths.join("\0")) {
        const before = [...stops, ...(itself === undefined ? [] : [itself.stop])];
        paths = now;
        stops = now.map((each) => directories.add(dirname(each), basePath(each), event));
        itself = inodes.add(now.at(-1) ?? path, event);
        for (const stop of before) stop();
      }
      itself?.follow();
    },
    close(): void {
      for (const stop of stops) stop();
      itself?.stop();
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
