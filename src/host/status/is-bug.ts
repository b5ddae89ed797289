import { errorCode } from "../files/read-file.ts";

/** Returns whether an exception is a mistake in attache: errors that peers and the system cause have a code, or are plain errors. */
export function isBug(error: unknown): boolean {
  const isMistake = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isMistake && errorCode(error) === "";
}
