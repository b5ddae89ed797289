import type { Stats } from "node:fs";
import { nodeFs, tryReadFile } from "../files/libc-files.ts";
import { fileType } from "../files/read-file.ts";

/** The largest file with certificates, in bytes. */
const LARGEST = 16 * 1024 ** 2;

/** Reads a regular file up to a size: the path may come from any client of the socket. @throws Error */
export async function readBytes(path: string, largest = LARGEST): Promise<Buffer> {
  const { promises, constants } = nodeFs();
  const file = await promises.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const problem = statProblem(await file.stat(), largest);
    if (problem !== undefined) throw new Error(problem);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * Reads a small file like `readBytes`, at once: each step on a thread of the runtime would wake two threads. Usually without `node:fs`,
 * which no agent in a mesh loads otherwise. @throws Error
 */
export function readBytesNow(path: string, largest = LARGEST): Buffer {
  const quick = fileType(path) === "file" ? tryReadFile(path) : undefined;
  // These bytes are valid until the next file is read.
  if (quick !== undefined && quick !== "missing" && quick.length <= largest) return Buffer.from(quick);
  const { openSync, fstatSync, readFileSync, closeSync, constants } = nodeFs();
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const problem = statProblem(fstatSync(file), largest);
    if (problem !== undefined) throw new Error(problem);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function statProblem(stat: Stats, largest: number): string | undefined {
  if (stat.isDirectory()) return "is a directory";
  if (!stat.isFile()) return "is not a regular file";
  return stat.size > largest ? `is larger than ${largest} bytes` : undefined;
}
