import { nodeFs } from "../files/libc-files.ts";

/** The largest file with certificates, in bytes. */
const LARGEST = 16 * 1024 ** 2;

/** Reads a regular file up to a size: the path may come from any client of the socket. @throws Error */
export async function readBytes(path: string, largest = LARGEST): Promise<Buffer> {
  const { promises, constants } = nodeFs();
  const file = await promises.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) throw new Error("is a directory");
    if (!stat.isFile()) throw new Error("is not a regular file");
    if (stat.size > largest) throw new Error(`is larger than ${largest} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
