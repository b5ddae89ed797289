/** Seconds a scraper's timeout header leaves; undefined when it says none that can be read (recorded: metrics-timeout-header-unreadable). */
export function scrapeTimeout(value: string | undefined): number | undefined {
  if (value === undefined || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)) return undefined;
  const seconds = Number(value);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}
