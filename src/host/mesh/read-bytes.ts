import type { Stats } from "node:fs";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { nodeFs, tryReadFile } from "../files/libc-files.ts";
import { fileType, LARGEST_CERTIFICATES, reasonOf } from "../files/read-file.ts";

/** Bytes that are read at once: files of /proc have a size of 0, and some have no end. */
const PIECE = 65_536;

/** Files that are open at the same time; others wait, as thousands of them would take every descriptor of the agent. */
const MOST_OPEN = 16;
let open = 0;
const waiting: (() => void)[] = [];

/** Reads a regular file up to a size: the path may come from any client of the socket. @throws Error */
export async function readBytes(path: string, largest = LARGEST_CERTIFICATES): Promise<Buffer> {
  if (open < MOST_OPEN) open++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await readWhole(path, largest);
  } finally {
    const next = waiting.shift();
    if (next === undefined) open--;
    else next();
  }
}

async function readWhole(path: string, largest: number): Promise<Buffer> {
  const { promises, constants } = nodeFs();
  const file = await promises.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const pieces = piecesOf(await file.stat(), largest);
    while (pieces.add((await file.read(pieces.next())).bytesRead));
    return pieces.joined();
  } finally {
    await file.close();
  }
}

/**
 * Reads a small file like `readBytes`, at once: each step on a thread of the runtime would wake two threads. Usually without `node:fs`,
 * which no agent in a mesh loads otherwise. @throws Error
 */
export function readBytesNow(path: string, largest = LARGEST_CERTIFICATES): Buffer {
  const quick = fileType(path) === "file" ? tryReadFile(path) : undefined;
  // These bytes are valid until the next file is read.
  if (quick !== undefined && quick !== "missing" && quick.length <= largest) return Buffer.from(quick);
  const { openSync, fstatSync, readSync, closeSync, constants } = nodeFs();
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const pieces = piecesOf(fstatSync(file), largest);
    while (pieces.add(readSync(file, pieces.next())));
    return pieces.joined();
  } finally {
    closeSync(file);
  }
}

/** Returns the text of a file of PEM, or why it cannot be read. */
export function readPem(path: string): Parsed<string> {
  try {
    return ok(readBytesNow(path).toString("latin1"));
  } catch (error) {
    return bad(`cannot read "${path}": ${reasonOf(error)}`);
  }
}

/** Collects what is read of a file. @throws Error if it is not a regular one, or too large */
function piecesOf(stat: Stats, largest: number) {
  if (stat.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
  if (!stat.isFile()) throw new Error("is not a regular file");
  const check = (size: number) => {
    if (size > largest) throw new Error(`is larger than ${largest} bytes`);
  };
  check(stat.size);
  const pieces: Buffer[] = [];
  const size = stat.size === 0 ? PIECE : Math.min(stat.size + 1, PIECE);
  let piece = Buffer.alloc(0);
  let total = 0;
  return {
    next(): Buffer {
      piece = Buffer.allocUnsafeSlow(size);
      return piece;
    },
    /** Takes so many bytes of the last piece. Returns whether there may be more. */
    add(length: number): boolean {
      total += length;
      check(total);
      if (length > 0) pieces.push(piece.subarray(0, length));
      return length > 0;
    },
    joined: (): Buffer => (pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)),
  };
}
