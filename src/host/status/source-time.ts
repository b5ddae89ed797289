import { LONGEST_TIMER } from "../../inputs/longest-timer.ts";
import type { ScrapeTime } from "../../status/scrape-time.ts";

/** The time a source of the metrics page has; a timer runs only while something is awaited of the source. */
export interface SourceTime {
  /** Aborted with the reason when the time is up, or when the caller has gone. */
  readonly signal: AbortSignal;
  readonly within: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * A source's time from now on. With a time that the scraper states it ends at one moment, but for a short time more where others
 * have used it up. Else each wait has a limit of its own: a caller that reads slowly is not the source's fault.
 */
export function sourceTime(gone: AbortSignal, time: ScrapeTime): SourceTime {
  const late = new AbortController();
  const end = performance.now() + time.source;
  let extra = time.extra;
  return {
    signal: AbortSignal.any([gone, late.signal]),
    async within(work) {
      const before = performance.now();
      const left = time.stated === undefined ? time.source : Math.max(end - before, extra);
      const timer = setTimeout(() => late.abort(new Error(reasonFor(time))), Math.min(left, LONGEST_TIMER));
      try {
        return await work();
      } finally {
        clearTimeout(timer);
        extra = Math.max(0, extra - Math.max(0, performance.now() - Math.max(before, end)));
      }
    },
  };
}

function reasonFor({ stated, source }: ScrapeTime): string {
  const seconds = source / 1_000;
  return stated === undefined
    ? `nothing received for ${seconds} s`
    : `not finished within ${seconds} s of the scraper's ${stated / 1_000} s (X-Prometheus-Scrape-Timeout-Seconds)`;
}
