import type { Log } from "./notice.ts";

/** Returns a log that leaves out what it has logged before, for work that is repeated; after `most` texts it leaves out all. */
export function logOnce(log: Log, most = Number.POSITIVE_INFINITY): Log {
  const logged = new Set<string>();
  return (level, text) => {
    if (logged.has(text) || logged.size >= most) return;
    logged.add(text);
    log(level, text);
  };
}
