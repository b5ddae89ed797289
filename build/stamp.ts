import { readFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";

/** The version information of a build. */
export interface Stamp {
  readonly version: string;
  readonly commit: string;
  /** ISO 8601, or "unknown". */
  readonly date: string;
}

/**
 * Returns the version from package.json, and the commit and its date, never the current time. SOURCE_DATE_EPOCH and ATTACHE_COMMIT take
 * precedence (image builds have no git); without both and git they are unknown.
 */
export async function readStamp(): Promise<Stamp> {
  const version = String(JSON.parse(readFileSync(join(import.meta.dir, "../package.json"), "utf8")).version);
  const { exitCode, stdout } = await $`git log -1 --format=%h%n%ct`.quiet().nothrow();
  const [commit = "unknown", seconds] = exitCode === 0 ? stdout.toString().trim().split("\n") : [];
  const epoch = process.env["SOURCE_DATE_EPOCH"] || seconds;
  return {
    version,
    commit: process.env["ATTACHE_COMMIT"] || commit,
    date: epoch === undefined ? "unknown" : new Date(Number(epoch) * 1000).toISOString(),
  };
}
