import { errorCode } from "../files/read-file.ts";

/** Whether an exception can only come from a mistake in attache: what peers and the system cause has a code, or is a plain error. */
export function isBug(error: unknown): boolean {
  const isMistake = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isMistake && errorCode(error) === "";
}
