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
    return contentOf(bytes);
  } catch (error) {
    return errorCode(error) === "ENOENT" ? { kind: "missing" } : { kind: "unreadable", reason: reasonOf(error) };
  }
}

function contentOf(bytes: Uint8Array | "missing"): FileRead {
  return bytes === "missing" ? { kind: "missing" } : { kind: "text", text: decodeUtf8(bytes) };
}

/** Reads like `readFile`, but only regular files: reading a pipe waits for its writer, and some devices never end. */
export function readRegularFile(path: string): FileRead {
  return path !== "/dev/null" && fileType(path) === "other" ? { kind: "unreadable", reason: "is not a regular file" } : readFile(path);
}

/** The largest file with certificates, in bytes. */
export const LARGEST_CERTIFICATES = 16 * 1024 ** 2;

/** Reads like `readRegularFile`, but refuses a file that is larger than connections accept. */
export function readSmallFile(path: string): FileRead {
  const quick = fileType(path) === "file" ? tryReadFile(path) : undefined;
  if (quick !== undefined) return contentOf(quick);
  // What is not read then is too large, or its reason is unknown.
  return sizeOf(path) > LARGEST_CERTIFICATES
    ? { kind: "unreadable", reason: `is larger than ${LARGEST_CERTIFICATES} bytes` }
    : readRegularFile(path);
}

/** Returns the size of a file in bytes; 0 if it cannot be reached. */
function sizeOf(path: string): number {
  try {
    return nodeFs().statSync(path).size;
  } catch {
    return 0;
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
