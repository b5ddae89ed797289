import type { Stat } from "../../inputs/questions.ts";
import { lastErrno, type StartLibc, startLibc } from "../linux/start-libc.ts";

// The file operations of a start. Importing `node:fs` alone would take a tenth of the time until Envoy starts, so the common case of
// each operation calls the C library. When it fails, the caller repeats the operation with `node:fs`, which reports the error.

const O_WRONLY = 1;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
/** The mode argument of `open` without O_CREAT. */
const NO_MODE = 0;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const EWOULDBLOCK = 11;
const ENOENT = 2;
const EEXIST = 17;
const ENOTDIR = 20;

/** Loads `node:fs`. */
export function nodeFs(): typeof import("node:fs") {
  return require("node:fs");
}

/** Larger than nearly every file of a start; only the pages used take memory. */
const CHUNK = 65_536;
/** Larger files are left to `node:fs`, which knows the size of a file and the longest possible text. */
const LARGEST = 16 * 1024 ** 2;
let chunk: Uint8Array | undefined;

/** Returns the bytes of a file, valid until the next read; undefined when `node:fs` has to try. */
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
    if (length === LARGEST) {
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
/** Offset of `stx_mode`, in 16-bit units. */
const STX_MODE = 14;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

/** Returns the type of the file at a path; undefined when `node:fs` has to try. */
export function tryStat(path: string): Stat | undefined {
  const libc = libcFor(path);
  if (libc === undefined) return undefined;
  const bytes = new Uint8Array(STATX_SIZE);
  if (libc.statx(AT_FDCWD, path, 0, STATX_TYPE, bytes) !== 0) return isAbsent(libc) ? "missing" : undefined;
  const type = (new Uint16Array(bytes.buffer)[STX_MODE] ?? 0) & S_IFMT;
  return type === S_IFREG ? "file" : type === S_IFDIR ? "directory" : "other";
}

/** Returns how many bytes were written; -1 when `node:fs` has to try. */
export function tryWrite(descriptor: number, bytes: Uint8Array): number {
  return startLibc?.write(descriptor, bytes, bytes.length) ?? -1;
}

/** Writes a text into an existing file; a failure is ignored. */
export function tryOverwrite(path: string, text: string): void {
  const libc = libcFor(path);
  if (libc === undefined) return;
  // When the open fails, the write to -1 fails too.
  const descriptor = libc.open(path, O_WRONLY | O_CLOEXEC, NO_MODE);
  tryWrite(descriptor, new TextEncoder().encode(text));
  libc.close(descriptor);
}

/** Creates a directory and its parents. Returns whether it exists now; if not, `node:fs` has to try. */
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
 * Writes a new file and renames it over another. Returns a descriptor that holds its lock (-1 when it cannot be locked); undefined when
 * the new file was removed again and `node:fs` has to try.
 */
export function tryReplaceFile(path: string, temporary: string, text: string, mode: number): number | undefined {
  const libc = libcFor(path);
  if (libc === undefined) return undefined;
  const descriptor = libc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return undefined;
  const bytes = new TextEncoder().encode(text);
  const isWhole = libc.write(descriptor, bytes, bytes.length) === bytes.length;
  const isClosed = libc.close(descriptor) === 0;
  // Before the rename, so that another agent that opens the file finds it locked.
  const lock = tryLock(temporary);
  if (isWhole && isClosed && libc.rename(temporary, path) === 0) return lock;
  libc.unlink(temporary);
  libc.close(lock);
  return undefined;
}

/** Opens a file and locks it until the descriptor is closed, at the latest when this process ends. Returns -1 on failure. */
export function tryLock(path: string): number {
  const libc = libcFor(path);
  if (libc === undefined) return -1;
  const descriptor = libc.open(path, O_CLOEXEC | O_NONBLOCK, NO_MODE);
  if (libc.flock(descriptor, LOCK_EX | LOCK_NB) === 0) return descriptor;
  libc.close(descriptor);
  return -1;
}

/** Returns whether any process holds the lock of a file. */
export function isLocked(path: string): boolean {
  const libc = libcFor(path);
  if (libc === undefined) return false;
  const descriptor = libc.open(path, O_CLOEXEC | O_NONBLOCK, NO_MODE);
  const isHeld = libc.flock(descriptor, LOCK_SH | LOCK_NB) !== 0 && lastErrno(libc) === EWOULDBLOCK;
  libc.close(descriptor);
  return isHeld;
}

/** Removes a file. Returns whether it no longer exists; if it does, `node:fs` has to try. */
export function tryRemove(path: string): boolean {
  const libc = libcFor(path);
  return libc !== undefined && (libc.unlink(path) === 0 || isAbsent(libc));
}

/** Returns the library if it can be passed the path: a C string ends at its first NUL. */
function libcFor(path: string): StartLibc | undefined {
  return path.includes("\0") ? undefined : startLibc;
}

/** Returns whether the last error means that nothing exists at the path, or that one of its parents is a file. */
function isAbsent(libc: StartLibc): boolean {
  const errno = lastErrno(libc);
  return errno === ENOENT || errno === ENOTDIR;
}
