import type { ListeningSocket } from "../../commands/service.ts";
import { nodeFs } from "../files/libc-files.ts";

/** Removes a socket that is no longer listened on, so that the next agent does not take it for a stale one; not if another agent has its path. */
export function removeSocket({ path, inode }: ListeningSocket): void {
  try {
    const { ino } = nodeFs().lstatSync(path, { bigint: true });
    if (ino === inode) nodeFs().unlinkSync(path);
  } catch {
    // It is gone, or its directory cannot be written to: the next agent removes it.
  }
}
