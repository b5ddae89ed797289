import { nodeFs } from "../files/libc-files.ts";

/** Opens a file of any kind without access to its content. */
const O_PATH = 0o10000000;

/** Returns the number of the mount that a path is on; undefined where it does not exist, or the kernel does not say. */
export function mountOf(path: string): string | undefined {
  const { openSync, readFileSync, closeSync } = nodeFs();
  try {
    const descriptor = openSync(path, O_PATH);
    try {
      return /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1"))?.[1];
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
