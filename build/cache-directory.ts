import { join } from "node:path";

/** Where what was fetched once is kept: attache's part of the user's cache, or of the repository's own without a home. */
export function cacheDirectory(): string {
  const home = process.env["HOME"];
  const base = process.env["XDG_CACHE_HOME"] || (home ? join(home, ".cache") : join(import.meta.dir, "../node_modules/.cache"));
  return join(base, "attache");
}
