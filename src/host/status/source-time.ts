import { LONGEST_TIMER } from "../../common/longest-timer.ts";
import type { ScrapeTimeouts } from "../../status/scrape-timeouts.ts";

/** The time a source of the metrics page has. */
export interface SourceTime {
  /** Aborted with the reason when the time is up while something is awaited of the source, or when the caller disconnected. */
  readonly signal: AbortSignal;
  /** Called when the source's turn in the page comes. */
  readonly takeTurn: () => void;
  /** Something that is awaited of the source. @throws Error when the time is up */
  readonly within: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * A source's time from now on. With a time that the scraper states it ends at one moment; a source whose turn comes late, as others
 * have taken theirs, may use what is kept for the end of the page. Without one each wait has a limit of its own: a caller that reads
 * slowly is not the source's fault.
 */
export function sourceTime(gone: AbortSignal, time: ScrapeTimeouts): SourceTime {
  const late = new AbortController();
  const begin = performance.now();
  let end = begin + time.source;
  return {
    signal: AbortSignal.any([gone, late.signal]),
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
