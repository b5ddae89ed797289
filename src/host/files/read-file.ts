import { errorText } from "../../common/errors.ts";
import { decodeUtf8 } from "../../go/literal.ts";
import type { FileRead } from "../../inputs/inputs.ts";
import type { Stat } from "../../inputs/questions.ts";
import { nodeFs, tryReadFile, tryStat } from "./libc-files.ts";

/**
 * A file's text, or why there is none; bytes that are no UTF-8 become U+FFFD as in Go. Only a file that does not exist is missing,
 * as for Go's os.IsNotExist: a path below a file, a loop of links or a name that is too long is one that cannot be read.
 */
export function readFile(path: string): FileRead {
  try {
    const bytes = tryReadFile(path) ?? nodeFs().readFileSync(path);
    return bytes === "missing" ? { kind: "missing" } : { kind: "text", text: decodeUtf8(bytes) };
  } catch (error) {
    return errorCode(error) === "ENOENT" ? { kind: "missing" } : { kind: "unreadable", reason: reasonOf(error) };
  }
}

/** The same where nothing may be waited for: who reads a pipe waits for its writer, and some devices never end. */
export function readRegularFile(path: string): FileRead {
  return path !== "/dev/null" && fileType(path) === "other" ? { kind: "unreadable", reason: "is not a regular file" } : readFile(path);
}

/** The text of a file that need not be there, as most below /proc and /sys need not. */
export function tryReadText(path: string): string | undefined {
  const found = readFile(path);
  return found.kind === "text" ? found.text : undefined;
}

/** What is at a path; what cannot be reached is missing too, as wherever upstream wants os.Stat without an error. */
export function fileType(path: string): Stat {
  const quick = tryStat(path);
  if (quick !== undefined) return quick;
  try {
    const stat = nodeFs().statSync(path);
    return stat.isFile() ? "file" : stat.isDirectory() ? "directory" : "other";
  } catch {
    return "missing";
  }
}

/** The `errno` name of a failed system call. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "file exists",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  EPERM: "operation not permitted",
  ENOEXEC: "exec format error",
  EBADF: "bad file descriptor",
  EPIPE: "broken pipe",
  EMFILE: "too many open files",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "cannot assign requested address",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
  ENOTFOUND: "no such host",
  DNS_ENOTFOUND: "no such host",
  EAI_AGAIN: "temporary failure in name resolution",
  DNS_EAI_AGAIN: "temporary failure in name resolution",
};

/** Why a system call failed, in words. */
export function reasonOf(error: unknown): string {
  return REASONS[errorCode(error)] ?? errorText(error);
}
