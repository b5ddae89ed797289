import type { Log } from "../common/notice.ts";

/** Lines that are passed on in a window, and how long that is, in milliseconds. */
const LINES = 10;
const WINDOW = 60_000;
/** Characters of a caller's own text that are shown. */
const SHOWN = 200;

/**
 * Returns a log for what callers of the status port bring about: any number of them fills no disk and hides no other line. What was
 * left out is counted, in the next line after it. `now` is a clock in milliseconds.
 */
export function callerLog(log: Log, now: () => number): Log {
  let since = Number.NEGATIVE_INFINITY;
  let passed = 0;
  let left = 0;
  return (level, text) => {
    const time = now();
    if (time - since >= WINDOW) {
      if (left > 0) log("warn", `${left} lines like the next one were omitted: at most ${LINES} are logged in ${WINDOW / 1_000} s`);
      since = time;
      passed = 0;
      left = 0;
    }
    if (passed < LINES) log(level, text);
    else left++;
    passed++;
  };
}

/** Returns a caller's text as one short line: cut, and with escapes for what a terminal would obey. */
export function shownText(text: string): string {
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return cut.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
