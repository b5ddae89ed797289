import type { Log } from "../common/notice.ts";

/** Maximum number of lines per window, and its length in milliseconds. */
const LINES_PER_WINDOW = 10;
const WINDOW = 60_000;
/** Maximum length of a caller's text in a log line. */
const MAX_TEXT = 200;

/**
 * Returns a rate-limited log for lines that callers of the status port cause, so that they cannot fill the disk or hide other lines. The
 * number of omitted lines is logged before the next one. `now` is a clock in milliseconds.
 */
export function callerLog(log: Log, now: () => number): Log {
  let windowStart = Number.NEGATIVE_INFINITY;
  let seen = 0;
  let omitted = 0;
  return (level, text) => {
    const time = now();
    if (time - windowStart >= WINDOW) {
      if (omitted > 0)
        log("warn", `Omitted lines like the next one: ${omitted} (at most ${LINES_PER_WINDOW} are logged in ${WINDOW / 1_000} s)`);
      windowStart = time;
      seen = 0;
      omitted = 0;
    }
    if (seen < LINES_PER_WINDOW) log(level, text);
    else omitted++;
    seen++;
  };
}

/** Formats a caller's text for one log line: truncated, with control characters escaped. */
export function singleLine(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return cut.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
