import { readFileSync } from "node:fs";

/** How the tests of a run ended. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Totals of the report of bun's runner that ended with `code`; one that fails without a failed test, or runs none, is a failure of its own. */
export function junitTotals(report: string, code: number): Totals {
  let totals: RegExpExecArray | null = null;
  try {
    totals = /<testsuites [^>]*tests="(\d+)"[^>]*failures="(\d+)"[^>]*skipped="(\d+)"/.exec(readFileSync(report, "utf8"));
  } catch {
    // No report: the runner did not get that far.
  }
  const [tests = 0, failures = 0, skipped = 0] = totals?.slice(1).map(Number) ?? [];
  const isBroken = tests === 0 || (code !== 0 && failures === 0);
  return { passed: tests - failures - skipped, failed: failures + (isBroken ? 1 : 0), skipped };
}
