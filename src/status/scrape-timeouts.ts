/** Timeouts of a metrics page, in milliseconds. */
export interface ScrapeTimeouts {
  /** The scraper's timeout; undefined without a valid header. */
  readonly scraper: number | undefined;
  /** Timeout of each source, so that the page is complete before the scraper gives up. */
  readonly source: number;
  /** Time reserved to finish the page. */
  readonly margin: number;
  /** How long to wait for the application's content type if the page does not depend on it. */
  readonly applicationType: number;
}

/** Prometheus' default. */
const DEFAULT = 10_000;
const MINIMUM = 100;

/** Returns the timeouts for a scraper's header (recorded: metrics-timeout-header-unreadable). */
export function scrapeTimeouts(header: string | undefined): ScrapeTimeouts {
  const scraper = millisecondsOf(header);
  const total = Math.max(scraper ?? DEFAULT, MINIMUM);
  const margin = Math.min(Math.max(total / 10, 100), 500, total / 2);
  return { scraper: scraper, source: total - margin, margin, applicationType: Math.min(total / 3, 2_000) };
}

/** Parses the header's seconds; undefined for an invalid, non-positive or infinite number. */
function millisecondsOf(header: string | undefined): number | undefined {
  if (header === undefined || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(header)) return undefined;
  const milliseconds = Number(header) * 1_000;
  return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}
