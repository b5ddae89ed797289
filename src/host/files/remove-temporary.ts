import { nodeFs } from "./libc-files.ts";

/** Removes a temporary file, if it was made. Never throws: what went wrong before is the reason to report. */
export function removeTemporary(path: string): void {
  try {
    nodeFs().unlinkSync(path);
  } catch {
    // It was not made, or is left.
  }
}
