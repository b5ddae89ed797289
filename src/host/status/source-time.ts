import { LONGEST_TIMER } from "../../common/longest-timer.ts";
import type { ScrapeTimeouts } from "../../status/scrape-timeouts.ts";

/** The time limits of a source of the metrics page. */
export interface SourceTime {
  /** Aborted, with the reason, when the time is up during a wait for the source, or when the caller has disconnected. */
  readonly signal: AbortSignal;
  /** Called when the page reaches the part of this source. */
  readonly takeTurn: () => void;
  /** Waits for something of the source. @throws Error when the time is up */
  readonly within: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Starts the time of a source. When the scraper states its timeout, the time ends at one moment; a source that the page reaches late may
 * use the margin kept for the end of the page. Without a stated timeout each wait has its own limit: a slow caller is not the fault of the
 * source.
 */
export function sourceTime(disconnected: AbortSignal, time: ScrapeTimeouts): SourceTime {
  const late = new AbortController();
  const begin = performance.now();
  let end = begin + time.source;
  return {
    signal: AbortSignal.any([disconnected, late.signal]),
    takeTurn() {
      end = Math.max(end, Math.min(performance.now() + time.margin, begin + time.source + time.margin));
    },
    async within(work) {
      const left = time.scraper === undefined ? time.source : end - performance.now();
      const giveUp = () => late.abort(new Error(reasonFor(time)));
      if (left <= 0) giveUp();
      late.signal.throwIfAborted();
      const timer = setTimeout(giveUp, Math.min(left, LONGEST_TIMER));
      try {
        return await work();
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function reasonFor({ scraper, source }: ScrapeTimeouts): string {
  const seconds = source / 1_000;
  return scraper === undefined
    ? `nothing received for ${seconds} s`
    : `not finished within ${seconds} s of the scraper's ${scraper / 1_000} s (X-Prometheus-Scrape-Timeout-Seconds)`;
}
