import { join } from "node:path";

/** The repository's root directory. */
export const ROOT = join(import.meta.dir, "../..");

/** A way to run attache: from source or the built binary. Scenarios apply to both. */
export interface Subject {
  readonly name: string;
  readonly command: readonly string[];
}

export const SOURCE: Subject = {
  name: "source",
  command: [
    process.execPath,
    "--preload",
    join(ROOT, "src/host/eta-plugin.ts"),
    "--preload",
    join(ROOT, "build/page-plugin.ts"),
    join(ROOT, "src/main.ts"),
  ],
};
export const BINARY: Subject = { name: "binary", command: [join(ROOT, "dist/attache")] };
/** Both, unless the variable ATTACHE_TEST_SUBJECT names one. */
export const SUBJECTS: readonly Subject[] = [SOURCE, BINARY].filter(({ name }) => (process.env["ATTACHE_TEST_SUBJECT"] ?? name) === name);
