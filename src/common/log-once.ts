import type { Log } from "./notice.ts";

/** Returns a log that leaves out what it has logged before, for work that is repeated. */
export function logOnce(log: Log): Log {
  const logged = new Set<string>();
  return (level, text) => {
    if (logged.has(text)) return;
    logged.add(text);
    log(level, text);
  };
}
