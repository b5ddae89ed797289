/** The time a page of metrics has, in milliseconds. */
export interface ScrapeTime {
  /** The whole of it, as the scraper says; undefined where it says none that can be read. */
  readonly stated: number | undefined;
  /** What a source has from the start, so that the page ends before the scraper gives up. */
  readonly source: number;
  /** What is kept for the end of the page. */
  readonly margin: number;
  /** How long the page waits for the application to say what type it is, where it need not know. */
  readonly patience: number;
}

/** Prometheus' own default. */
const DEFAULT = 10_000;
const SHORTEST = 100;

/** The time that a scraper's header leaves (recorded: metrics-timeout-header-unreadable). */
export function scrapeTime(header: string | undefined): ScrapeTime {
  const stated = millisecondsOf(header);
  const whole = Math.max(stated ?? DEFAULT, SHORTEST);
  const margin = Math.min(Math.max(whole / 10, 100), 500, whole / 2);
  return { stated, source: whole - margin, margin, patience: Math.min(whole / 3, 2_000) };
}

/** The header's seconds; a text that is no number, and a number that leaves no time or all of it, say nothing. */
function millisecondsOf(header: string | undefined): number | undefined {
  if (header === undefined || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(header)) return undefined;
  const milliseconds = Number(header) * 1_000;
  return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}
