import { closeSync, openSync, readSync } from "node:fs";
import { decodeUtf8 } from "../../go/literal.ts";
import type { FileRead } from "../../inputs/inputs.ts";
import { errorCode, fileType, readFile, reasonOf } from "./read-file.ts";

const CHUNK = 65_536;
/** More than any list of pods has; some devices never end. */
const LARGEST = 256 * 1024 ** 2;
/** The time until a descriptor without data is tried again, in milliseconds. */
const PAUSE = 10;

/** What was read from pipes, by path: nothing can be read from them twice. */
const kept = new Map<string, FileRead>();

/**
 * Reads a file that a person names; `-` is standard input. Other than the files of a start, it may be a pipe, such as the `<(command)` of a
 * shell: that is read until its end, and its text is kept.
 */
export function readNamed(path: string): FileRead {
  const isInput = path === "-" || path === "/dev/stdin";
  if (!isInput && fileType(path) !== "other") return readFile(path);
  const name = isInput ? "-" : path;
  const read = kept.get(name) ?? readStream(() => (isInput ? 0 : openSync(path, "r")));
  kept.set(name, read);
  return read;
}

function readStream(open: () => number): FileRead {
  let descriptor: number | undefined;
  try {
    descriptor = open();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (let chunk = nextChunk(descriptor); chunk.length > 0; chunk = nextChunk(descriptor)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > LARGEST) return { kind: "unreadable", reason: "is not a regular file, and does not end within 256 MiB" };
    }
    return { kind: "text", text: decodeUtf8(Buffer.concat(chunks)) };
  } catch (error) {
    return { kind: "unreadable", reason: reasonOf(error) };
  } finally {
    if (descriptor !== undefined && descriptor > 0) closeSync(descriptor);
  }
}

/** Returns what a descriptor has next; nothing at its end. One that does not wait for data, as another process may have set, is asked again. */
function nextChunk(descriptor: number): Uint8Array {
  const chunk = new Uint8Array(CHUNK);
  for (;;) {
    try {
      return chunk.subarray(0, readSync(descriptor, chunk));
    } catch (error) {
      if (errorCode(error) !== "EAGAIN") throw error;
      Bun.sleepSync(PAUSE);
    }
  }
}
