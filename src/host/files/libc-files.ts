import type { Stat } from "../../inputs/questions.ts";
import { lastErrno, type StartLibc, startLibc } from "../linux/start-libc.ts";

// The file operations of a start. `node:fs` would take a tenth of the way to Envoy for its import alone, so the plain case of
// each is done by the C library; anything else is left, with its error, to `node:fs`, which the caller asks next.

const O_WRONLY = 1;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
/** For a file that is not made. */
const NO_MODE = 0;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const EWOULDBLOCK = 11;
const ENOENT = 2;
const EEXIST = 17;
const ENOTDIR = 20;

/** What `node:fs` exports, loaded now. */
export function nodeFs(): typeof import("node:fs") {
  return require("node:fs");
}

/** Larger than nearly every file of a start; only what is used of it takes memory. */
const CHUNK = 65_536;
/** More is left to `node:fs`, which knows the size of a file and what is too large for a text. */
const MOST = 16 * 1024 ** 2;
let chunk: Uint8Array | undefined;

/** The bytes of a file, valid until the next read; undefined where `node:fs` has to be asked. */
export function tryReadFile(path: string): Uint8Array | "missing" | undefined {
  const libc = libcFor(path);
  if (libc === undefined) return undefined;
  const descriptor = libc.open(path, O_CLOEXEC, NO_MODE);
  if (descriptor < 0) return lastErrno(libc) === ENOENT ? "missing" : undefined;
  chunk ??= new Uint8Array(CHUNK);
  let buffer = chunk;
  let length = 0;
  let taken: number;
  do {
    if (length === MOST) {
      libc.close(descriptor);
      return undefined;
    }
    if (length === buffer.length) {
      const larger = new Uint8Array(4 * length);
      larger.set(buffer);
      buffer = larger;
    }
    const rest = length === 0 ? buffer : buffer.subarray(length);
    taken = libc.read(descriptor, rest, rest.length);
    length += Math.max(taken, 0);
  } while (taken > 0);
  libc.close(descriptor);
  return taken < 0 ? undefined : buffer.subarray(0, length);
}

const AT_FDCWD = -100;
const STATX_TYPE = 1;
const STATX_SIZE = 256;
/** Where `stx_mode` lies, in 16-bit words. */
const STX_MODE = 14;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

/** What is at a path; undefined where `node:fs` has to be asked. */
export function tryStat(path: string): Stat | undefined {
  const libc = libcFor(path);
  if (libc === undefined) return undefined;
  const bytes = new Uint8Array(STATX_SIZE);
  if (libc.statx(AT_FDCWD, path, 0, STATX_TYPE, bytes) !== 0) return isGone(libc) ? "missing" : undefined;
  const type = (new Uint16Array(bytes.buffer)[STX_MODE] ?? 0) & S_IFMT;
  return type === S_IFREG ? "file" : type === S_IFDIR ? "directory" : "other";
}

/** How many of the bytes a descriptor took; -1 where `node:fs` has to be asked. */
export function tryWrite(descriptor: number, bytes: Uint8Array): number {
  return startLibc?.write(descriptor, bytes, bytes.length) ?? -1;
}

/** Writes a text into a file that is there, if that can be done. */
export function tryOverwrite(path: string, text: string): void {
  const libc = libcFor(path);
  if (libc === undefined) return;
  // Where it cannot be opened, nothing is written to -1 either.
  const descriptor = libc.open(path, O_WRONLY | O_CLOEXEC, NO_MODE);
  tryWrite(descriptor, new TextEncoder().encode(text));
  libc.close(descriptor);
}

/** Makes a directory and those above it. Returns whether it stands there now; if not, `node:fs` has to be asked. */
export function tryMakeDirectory(path: string, mode: number): boolean {
  const libc = libcFor(path);
  if (libc === undefined) return false;
  if (libc.mkdir(path, mode) === 0) return true;
  const errno = lastErrno(libc);
  if (errno === EEXIST) return tryStat(path) === "directory";
  const above = path.lastIndexOf("/");
  return errno === ENOENT && above > 0 && tryMakeDirectory(path.slice(0, above), mode) && libc.mkdir(path, mode) === 0;
}

/**
 * Writes a new file and lets it take the place of another. Returns a descriptor that holds its lock (-1 where it cannot be
 * locked); undefined when nothing is left of the file and `node:fs` has to be asked.
 */
export function tryReplaceFile(path: string, temporary: string, text: string, mode: number): number | undefined {
  const libc = libcFor(path);
  if (libc === undefined) return undefined;
  const descriptor = libc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return undefined;
  const bytes = new TextEncoder().encode(text);
  const isWhole = libc.write(descriptor, bytes, bytes.length) === bytes.length;
  const isClosed = libc.close(descriptor) === 0;
  // Before the rename, so that whoever finds the file finds its lock.
  const lock = tryLock(temporary);
  if (isWhole && isClosed && libc.rename(temporary, path) === 0) return lock;
  libc.unlink(temporary);
  libc.close(lock);
  return undefined;
}

/** Opens a file and locks it until the descriptor is closed, at the latest when this process ends. Returns -1 where that cannot be done. */
export function tryLock(path: string): number {
  const libc = libcFor(path);
  if (libc === undefined) return -1;
  const descriptor = libc.open(path, O_CLOEXEC | O_NONBLOCK, NO_MODE);
  if (libc.flock(descriptor, LOCK_EX | LOCK_NB) === 0) return descriptor;
  libc.close(descriptor);
  return -1;
}

/** Returns whether a process holds the lock of a file. */
export function isLocked(path: string): boolean {
  const libc = libcFor(path);
  if (libc === undefined) return false;
  const descriptor = libc.open(path, O_CLOEXEC | O_NONBLOCK, NO_MODE);
  const isHeld = libc.flock(descriptor, LOCK_SH | LOCK_NB) !== 0 && lastErrno(libc) === EWOULDBLOCK;
  libc.close(descriptor);
  return isHeld;
}

/** Removes a file. Returns whether it is gone; if not, `node:fs` has to be asked. */
export function tryRemove(path: string): boolean {
  const libc = libcFor(path);
  return libc !== undefined && (libc.unlink(path) === 0 || isGone(libc));
}

/** The library, if it can be told of the path: for C a text ends at its first NUL. */
function libcFor(path: string): StartLibc | undefined {
  return path.includes("\0") ? undefined : startLibc;
}

/** Nothing is there, and nothing can be: a file is in the place of a directory above it. */
function isGone(libc: StartLibc): boolean {
  const errno = lastErrno(libc);
  return errno === ENOENT || errno === ENOTDIR;
}
