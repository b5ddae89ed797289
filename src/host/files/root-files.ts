import { closeSync, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { decodeUtf8 } from "../../go/literal.ts";
import type { FileRead } from "../../inputs/inputs.ts";
import type { Stat } from "../../inputs/questions.ts";
import { errorCode, reasonOf } from "./read-file.ts";

// Reads files of another root directory, which may be hostile: each name of a path is opened alone, below the directory that is open already,
// and links are resolved here. Only the first name of all, that of the root itself, is resolved by the kernel.

const O_PATH = 0o10000000;
const O_NOFOLLOW = 0o400000;
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const O_NOCTTY = 0o400;

/** The most links on one path, as in the kernel. */
const MAX_LINKS = 40;
/** No file that a proxy reads is nearly as large; some of /proc have no end. */
const LARGEST = 64 * 1024 ** 2;
const PIECE = 65_536;

/** The files of a root directory, by absolute path. Nothing but regular files is read. */
export interface RootFiles {
  readonly read: (path: string) => FileRead;
  readonly stat: (path: string) => Stat;
}

/** Opens a directory as a root. It stays open as long as this process runs. @throws Error of the runtime if it cannot be opened */
export function openRoot(directory: string): RootFiles {
  const root = openSync(directory, O_PATH | O_CLOEXEC);
  return {
    read: (path) => {
      // An empty file, which settings may name on purpose.
      if (path === "/dev/null") return { kind: "text", text: "" };
      try {
        return withFile(root, path, readOpened);
      } catch (error) {
        return errorCode(error) === "ENOENT" ? { kind: "missing" } : { kind: "unreadable", reason: reasonOf(error) };
      }
    },
    stat: (path) => {
      try {
        return withFile(root, path, typeOf);
      } catch {
        return "missing";
      }
    },
  };
}

/** Calls a function with a descriptor that only names the file at a path. */
function withFile<Result>(root: number, path: string, use: (descriptor: number) => Result): Result {
  // The directories from the root on, and what of the path is left.
  const opened: number[] = [];
  const rest = path.split("/");
  let links = 0;
  try {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        const last = opened.pop();
        if (last !== undefined) closeSync(last);
        continue;
      }
      const place = `/proc/self/fd/${opened.at(-1) ?? root}/${name}`;
      const descriptor = openSync(place, O_PATH | O_NOFOLLOW | O_CLOEXEC);
      if (!fstatSync(descriptor).isSymbolicLink()) {
        opened.push(descriptor);
        continue;
      }
      closeSync(descriptor);
      links++;
      if (links > MAX_LINKS) throw Object.assign(new Error("ELOOP"), { code: "ELOOP" });
      const target = readlinkSync(place);
      if (target.startsWith("/")) for (const each of opened.splice(0)) closeSync(each);
      rest.unshift(...target.split("/"));
    }
    return use(opened.at(-1) ?? root);
  } finally {
    for (const each of opened) closeSync(each);
  }
}

function typeOf(descriptor: number): Stat {
  const stat = fstatSync(descriptor);
  return stat.isFile() ? "file" : stat.isDirectory() ? "directory" : "other";
}

function readOpened(named: number): FileRead {
  const type = typeOf(named);
  if (type !== "file") return { kind: "unreadable", reason: type === "directory" ? "is a directory" : "is not a regular file" };
  // Some files of /proc and /sys wait for events, unless they are opened like this.
  const descriptor = openSync(`/proc/self/fd/${named}`, O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  try {
    const pieces: Buffer[] = [];
    let length = 0;
    for (let taken = 1; taken > 0; length += taken) {
      const piece = Buffer.allocUnsafe(PIECE);
      taken = readSync(descriptor, piece, 0, PIECE, null);
      pieces.push(piece.subarray(0, taken));
      if (length > LARGEST) return { kind: "unreadable", reason: `is larger than ${LARGEST / 1024 ** 2} MB` };
    }
    return { kind: "text", text: decodeUtf8(Buffer.concat(pieces)) };
  } finally {
    closeSync(descriptor);
  }
}
