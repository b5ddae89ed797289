import { errorText } from "../../common/errors.ts";
import { decodeUtf8 } from "../../go/literal.ts";
import type { FileRead } from "../../inputs/inputs.ts";
import type { Stat } from "../../inputs/questions.ts";
import { nodeFs, tryReadFile, tryStat } from "./libc-files.ts";

/**
 * Returns the text of a file, or why it cannot be read. Invalid UTF-8 becomes U+FFFD, as in Go. Only a file that does not exist is
 * missing, as for Go's os.IsNotExist: a path below a file, a loop of links or an overlong name is unreadable.
 */
export function readFile(path: string): FileRead {
  try {
    const bytes = tryReadFile(path) ?? nodeFs().readFileSync(path);
    return bytes === "missing" ? { kind: "missing" } : { kind: "text", text: decodeUtf8(bytes) };
  } catch (error) {
    return errorCode(error) === "ENOENT" ? { kind: "missing" } : { kind: "unreadable", reason: reasonOf(error) };
  }
}

/** Reads like `readFile`, but only regular files: reading a pipe waits for its writer, and some devices never end. */
export function readRegularFile(path: string): FileRead {
  return path !== "/dev/null" && fileType(path) === "other" ? { kind: "unreadable", reason: "is not a regular file" } : readFile(path);
}

/** Reads like `readRegularFile`, but of a file of more than 16 MiB only the start, so many bytes. */
export function readStart(path: string, bytes: number): FileRead {
  if (fileType(path) !== "file") return readRegularFile(path);
  const quick = tryReadFile(path);
  if (quick !== undefined) return quick === "missing" ? { kind: "missing" } : { kind: "text", text: decodeUtf8(quick) };
  const { openSync, readSync, closeSync } = nodeFs();
  try {
    const file = openSync(path, "r");
    const start = Buffer.alloc(bytes);
    const length = readSync(file, start);
    closeSync(file);
    return { kind: "text", text: decodeUtf8(start.subarray(0, length)) };
  } catch (error) {
    return { kind: "unreadable", reason: reasonOf(error) };
  }
}

/** Returns the text of a file, or undefined when it cannot be read; most files below /proc and /sys are optional. */
export function tryReadText(path: string): string | undefined {
  const found = readFile(path);
  return found.kind === "text" ? found.text : undefined;
}

/** Returns the type of the file at a path. An unreachable path is missing, as where upstream only tests whether os.Stat fails. */
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

/** The code of the runtime for a text that the system would cut at a NUL byte. */
export const NUL_BYTE = "ERR_INVALID_ARG_VALUE";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "file exists",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  ENOTEMPTY: "directory not empty",
  ENOTDIR: "not a directory",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  EPERM: "operation not permitted",
  ENOEXEC: "exec format error",
  EBADF: "bad file descriptor",
  EPIPE: "broken pipe",
  ENXIO: "no such device or address",
  EINVAL: "invalid argument",
  [NUL_BYTE]: "invalid argument: a NUL byte is not allowed",
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

/** Returns why a system call failed, without the call and its path. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  const text = errorText(error);
  return (
    REASONS[code] ?? (code !== "" && text.startsWith(`${code}: `) ? text.slice(code.length + 2).replace(/, [a-z]+(?: '.*)?$/s, "") : text)
  );
}
