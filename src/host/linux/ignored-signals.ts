import { signalNumber } from "../../linux/signals.ts";
import { tryReadFile } from "../files/libc-files.ts";

/** Where the mask of ignored signals stands in `/proc/self/status`; of its sixteen digits the last eight are those of signals 1 to 32. */
const LABEL = "SigIgn:\t";
const FIRST_DIGIT = 8;
const AFTER_LAST = 16;

/** Whether this process ignores a signal now: ask before a handler is set, and it is what whoever started the process wants. */
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
