import type { Log } from "./notice.ts";

/** What differs between the texts of two tries that fail alike: times, addresses, ports, and other long numbers. */
const VARYING = /\d[\d:.TZ-]{3,}/g;

/** Returns what is the same in the texts of tries that fail alike. */
export function repeatedPart(text: string): string {
  return text.replace(VARYING, "…");
}

/** Returns a log that leaves out what it has logged before, for work that is repeated; after `most` texts it leaves out all. */
export function logOnce(log: Log, most = Number.POSITIVE_INFINITY): Log {
  const logged = new Set<string>();
  return (level, text) => {
    const key = repeatedPart(text);
    if (logged.has(key) || logged.size >= most) return;
    logged.add(key);
    log(level, text);
  };
}
