import { chmodSync, lstatSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCode, reasonOf } from "./read-file.ts";
import { removeTemporary } from "./remove-temporary.ts";

/**
 * Writes a file that a person names: whole, or not at all. Links are followed, an existing file keeps its mode; a pipe or a device is written
 * to. Returns why that failed, if it did.
 */
export function writeDocument(path: string, text: string): string | undefined {
  let temporary: string | undefined;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    const isLink = found === undefined && lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    if (isLink || found?.isFile() === false) {
      // The system refuses a directory, and creates what a link leads to.
      writeFileSync(path, text);
      return undefined;
    }
    const target = found === undefined ? path : realpathSync(path);
    temporary = join(dirname(target), `.${Math.random().toString(36).slice(2)}.tmp`);
    writeFileSync(temporary, text, { flag: "wx" });
    if (found !== undefined) chmodSync(temporary, found.mode & 0o7777);
    renameSync(temporary, target);
    return undefined;
  } catch (error) {
    if (temporary !== undefined) removeTemporary(temporary);
    return errorCode(error) === "ENOENT" ? missingText(path) : reasonOf(error);
  }
}

/** Returns what is missing of a path: its directory, or what a link leads to. */
function missingText(path: string): string {
  const directory = dirname(path);
  return statSync(directory, { throwIfNoEntry: false }) === undefined
    ? `there is no directory "${directory}"`
    : "no such file or directory";
}
