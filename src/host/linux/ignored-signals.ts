import { signalNumber } from "../../linux/signals.ts";
import { tryReadFile } from "../files/libc-files.ts";

/** Label of the mask of ignored signals in `/proc/self/status`; the last eight of its sixteen digits are for signals 1 to 32. */
const LABEL = "SigIgn:\t";
const FIRST_DIGIT = 8;
const AFTER_LAST = 16;

/** Returns a test for signals that this process ignores now. Called before handlers are set, it gives what the parent process has set. */
export function ignoredSignals(): (signal: string) => boolean {
  const mask = ignoredMask();
  return (signal) => (mask & (1 << (signalNumber(signal) - 1))) !== 0;
}

function ignoredMask(): number {
  const bytes = tryReadFile("/proc/self/status");
  if (bytes === undefined || bytes === "missing") return 0;
  const text = new TextDecoder().decode(bytes);
  const at = text.indexOf(LABEL) + LABEL.length;
  return at < LABEL.length ? 0 : Number.parseInt(text.slice(at + FIRST_DIGIT, at + AFTER_LAST), 16);
}
