import { readFileSync } from "node:fs";

/** The totals of a test run. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Returns the totals of a report from a bun run with exit status `code`; a run that fails without a failed test, or runs no test, counts as
 * a failure.
 */
export function junitTotals(report: string, code: number): Totals {
  let totals: RegExpExecArray | null = null;
  try {
    totals = /<testsuites [^>]*tests="(\d+)"[^>]*failures="(\d+)"[^>]*skipped="(\d+)"/.exec(readFileSync(report, "utf8"));
  } catch {
    // Without a report the runner has failed early.
  }
  const [tests = 0, failures = 0, skipped = 0] = totals?.slice(1).map(Number) ?? [];
  const isBroken = tests === 0 || (code !== 0 && failures === 0);
  return { passed: tests - failures - skipped, failed: failures + (isBroken ? 1 : 0), skipped };
}
