import { closeSync, openSync, readSync } from "node:fs";
import { machine } from "node:os";
import { notExecutableReason, PROGRAM_HEAD_BYTES, type ProgramFile, programFile, requiredProgram } from "../../linux/program-file.ts";
import { errorCode, fileType } from "../files/read-file.ts";

// Loaded only when a program could not be started or has exited too early.

/** Returns the path of a program, found on PATH when its name has no slash. */
export function programPath(binary: string): string {
  return binary.includes("/") ? binary : (Bun.which(binary) ?? binary);
}

/** Returns the kind of a program file; undefined when it cannot be read. */
export function readProgram(path: string): ProgramFile | undefined {
  if (fileType(path) !== "file") return undefined;
  try {
    return withDescriptor(path, (descriptor) => {
      const head = new Uint8Array(PROGRAM_HEAD_BYTES);
      return programFile(head.subarray(0, readSync(descriptor, head, 0, head.length, 0)));
    });
  } catch {
    return undefined;
  }
}

/** Returns why a program does not start, when its file explains more than the error does. */
export function programProblem(binary: string, error: unknown): string | undefined {
  const path = programPath(binary);
  if (fileType(path) === "directory") return "it is a directory";
  const file = readProgram(path);
  if (file === undefined) return undefined;
  if (errorCode(error) === "ENOEXEC") return notExecutableReason(file, machine());
  const needed = requiredProgram(file);
  return errorCode(error) === "ENOENT" && needed !== undefined && fileType(needed.path) === "missing"
    ? `its ${needed.what} "${needed.path}" does not exist`
    : undefined;
}

const PIECE = 1024 ** 2;

/** Returns whether a file contains a text. Reads in pieces, as the file may be large. */
export function fileContains(path: string, text: string): boolean {
  const wanted = Buffer.from(text);
  try {
    return withDescriptor(path, (descriptor) => {
      const piece = Buffer.alloc(PIECE);
      for (let at = 0; ; at += PIECE - wanted.length) {
        const length = readSync(descriptor, piece, 0, PIECE, at);
        if (piece.subarray(0, length).includes(wanted)) return true;
        if (length < PIECE) return false;
      }
    });
  } catch {
    return false;
  }
}

function withDescriptor<Result>(path: string, use: (descriptor: number) => Result): Result {
  const descriptor = openSync(path, "r");
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
