import type { ListeningSocket } from "../../commands/service.ts";
import { dirname } from "../../go/path.ts";
import { LONGEST_SOCKET_PATH, socketPathProblem } from "../../linux/socket-path.ts";
import { tryMakeDirectory } from "../files/libc-files.ts";
import { placeText } from "../files/write-files.ts";
import { ffi, openLibc } from "../linux/ffi.ts";
import { lastErrno, NO_LIBC, type StartLibc, startLibc } from "../linux/start-libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
/** Envoy must not inherit the socket: its end would not be noticed while Envoy lives. */
const SOCK_CLOEXEC = 0o2000000;
/** The longest queue that the kernel allows is shorter in most containers. */
const BACKLOG = 4096;
/** Bytes of a path in a socket address, including its NUL. */
const PATH_ROOM = LONGEST_SOCKET_PATH + 1;
const ENOENT = 2;
const EISDIR = 21;
const EADDRINUSE = 98;
/** Agents that are started in one directory at the same time take the path from each other. */
const ATTEMPTS = 1_000;
/** Envoy may run as another user. */
const SOCKET_MODE = 0o666;
const DIRECTORY_MODE = 0o750;

/** The path of a call is relative to the working directory. */
const AT_FDCWD = -100;
const AT_REMOVEDIR = 0x200;
/** The numbers of system calls, which differ by processor. */
const CALLS =
  process.arch === "arm64"
    ? { socket: 198, bind: 200, listen: 201, fchmodat: 53, fstatat: 79, unlinkat: 35 }
    : { socket: 41, bind: 49, listen: 50, fchmodat: 268, fstatat: 262, unlinkat: 263 };
/** The size of a `struct stat`, and where its inode is, on both processors. */
const STAT_SIZE = 144;
const STAT_INODE = 8;

/** One function for all calls: the first call of each further function takes 0.2 ms of a start. */
function open() {
  return openLibc({ syscall: { args: ["i64", "i64", "u64", "u64", "i64"], returns: "i32" } });
}

let opened: ReturnType<typeof open> | undefined;

/** Returns the C functions that only a start with sockets needs. */
function functions(): ReturnType<typeof open> {
  opened ??= open();
  return opened;
}

/** A socket that listens, or why it does not. */
export type Listening = ({ readonly kind: "listening" } & ListeningSocket) | { readonly kind: "failed"; readonly problem: string };

/**
 * Listens on a Unix socket by calls of the C library, before Envoy is started: the kernel holds connections until `serveGrpc` accepts
 * them. A socket that an earlier agent has left is removed (contract 1.30 §3).
 */
export function listenOnSocket(path: string): Listening {
  const failed = (reason: string): Listening => ({ kind: "failed", problem: `Cannot listen on Unix socket "${path}": ${reason}` });
  if (startLibc === undefined) return failed(NO_LIBC);
  const name = new TextEncoder().encode(path);
  const tooLong = socketPathProblem(name.length);
  if (tooLong !== undefined) return failed(tooLong);
  if (name.length === 0 || name.includes(0)) return failed("invalid path");
  const { syscall } = functions();
  const libc = startLibc;
  const address = new Uint8Array(PATH_ROOM + 2);
  address[0] = AF_UNIX;
  address.set(name, 2);
  const kept = unlinkProblem(path, address, libc);
  if (kept !== undefined) return failed(`cannot remove what is there: ${failureOf(kept).reason}`);
  for (let attempt = 1; ; attempt++) {
    const descriptor = syscall(CALLS.socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, 0);
    if (descriptor >= 0 && listenAt(descriptor, address)) return { kind: "listening", path, descriptor, inode: inodeAt(address) };
    const errno = lastErrno(libc);
    if (descriptor >= 0) libc.close(descriptor);
    const left = attempt === ATTEMPTS ? errno : obstacle(errno, path, address, libc);
    if (left === undefined) continue;
    const { code, reason } = failureOf(left);
    return failed(`${reason}${placeText(code, dirname(path))}`);
  }
}

/** Binds a socket to an address, listens, and sets the mode of its path. */
function listenAt(descriptor: number, address: Uint8Array): boolean {
  const { syscall } = functions();
  return (
    syscall(CALLS.bind, descriptor, addressOf(address), address.length, 0) === 0 &&
    syscall(CALLS.listen, descriptor, BACKLOG, 0, 0) === 0 &&
    // The path follows the family, and ends with the NUL after it.
    syscall(CALLS.fchmodat, AT_FDCWD, addressOf(address) + 2, SOCKET_MODE, 0) === 0
  );
}

/** Returns the inode of a path in a socket address; 0 if nothing is there. */
function inodeAt(address: Uint8Array): bigint {
  const stat = new Uint8Array(STAT_SIZE);
  functions().syscall(CALLS.fstatat, AT_FDCWD, addressOf(address) + 2, addressOf(stat), 0);
  return new DataView(stat.buffer).getBigUint64(STAT_INODE, true);
}

/**
 * Makes the directory that is missing, or removes the socket of another agent that has listened there in the meantime. Returns what is in
 * the way still, as an errno. If another agent has removed the path before its mode was set, nothing is.
 */
function obstacle(errno: number, path: string, address: Uint8Array, libc: StartLibc): number | undefined {
  if (errno === ENOENT) {
    const above = path.lastIndexOf("/");
    return above <= 0 || tryMakeDirectory(path.slice(0, above), DIRECTORY_MODE) ? undefined : lastErrno(libc);
  }
  return errno === EADDRINUSE ? unlinkProblem(path, address, libc) : errno;
}

/** Removes what is at a path, as upstream also an empty directory. Returns why it is still there, as an errno. */
function unlinkProblem(path: string, address: Uint8Array, libc: StartLibc): number | undefined {
  if (libc.unlink(path) === 0) return undefined;
  let errno = lastErrno(libc);
  if (errno === EISDIR) {
    if (functions().syscall(CALLS.unlinkat, AT_FDCWD, addressOf(address) + 2, AT_REMOVEDIR, 0) === 0) return undefined;
    errno = lastErrno(libc);
  }
  // On a read-only file system this is no proof that something is there.
  return errno === ENOENT || inodeAt(address) === 0n ? undefined : errno;
}

/** Returns where bytes are in memory. @throws TypeError if the runtime has no FFI, without which there is no C library */
function addressOf(bytes: Uint8Array): number {
  const place = ffi?.ptr(bytes);
  if (place === undefined) throw new TypeError("The runtime has no FFI");
  return place;
}

/** Returns the name and the meaning of an errno. What it needs is loaded only then. */
function failureOf(errno: number): { readonly code: string; readonly reason: string } {
  const { errnoName }: typeof import("../linux/errno-name.ts") = require("../linux/errno-name.ts");
  const { reasonOf }: typeof import("../files/read-file.ts") = require("../files/read-file.ts");
  const code = errnoName(errno);
  return { code, reason: reasonOf(Object.assign(new Error(code), { code })) };
}
