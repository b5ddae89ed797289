import type { Build } from "../commands/build.ts";

declare const ATTACHE_VERSION: string | undefined;
declare const ATTACHE_COMMIT: string | undefined;
declare const ATTACHE_COMMIT_DATE: string | undefined;

/** Whether this is the executable of attache, and not its source run by Bun. */
export const IS_EXECUTABLE = typeof ATTACHE_VERSION === "string";

/** The version and commit that the build sets; unknown when run from source. */
export const BUILD: Build = {
  version: typeof ATTACHE_VERSION === "string" ? ATTACHE_VERSION : "0.0.0-source",
  commit: typeof ATTACHE_COMMIT === "string" ? ATTACHE_COMMIT : "unknown",
  date: typeof ATTACHE_COMMIT_DATE === "string" ? ATTACHE_COMMIT_DATE : "unknown",
  bun: Bun.version,
};
