import { join } from "node:path";

/** Returns the directory for downloads: attache's in the user's cache, or in the repository if HOME is not set. */
export function cacheDirectory(): string {
  const home = process.env["HOME"];
  const base = process.env["XDG_CACHE_HOME"] || (home ? join(home, ".cache") : join(import.meta.dir, "../node_modules/.cache"));
  return join(base, "attache");
}
