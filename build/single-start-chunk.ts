import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BunPlugin, Glob } from "bun";

const ROOT = join(import.meta.dir, "..");
/** The modules of a start; everything they import is included. */
const START = ["src/commands/run.ts", "src/host/host.ts"];
/** The process that makes a key does not load the start. */
const WITHOUT_START = new Set(["src/host/mesh/run-key-maker.ts", "src/host/mesh/request-certificate.ts"].map((path) => join(ROOT, path)));
const TRANSPILER = new Bun.Transpiler({ loader: "ts" });

/** Returns the files that are loaded on demand by `import()` or `require()`. */
function loadedOnDemand(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const source of new Glob("src/**/*.ts").scanSync({ cwd: ROOT, absolute: true }))
    for (const { kind, path } of TRANSPILER.scanImports(readFileSync(source, "utf8")))
      if (kind !== "import-statement" && path.startsWith(".")) found.add(join(dirname(source), path));
  return found;
}

/**
 * Bundles the start into a single chunk. The bundler creates a chunk for each set of modules shared by other chunks, twenty for the start
 * alone, and each takes time to load. Therefore every file loaded on demand also imports the whole start, which is loaded already by then,
 * so all shared modules end up in one chunk.
 */
export const singleStartChunk: BunPlugin = {
  name: "single-start-chunk",
  setup(build) {
    const later = loadedOnDemand().difference(WITHOUT_START);
    const imports = START.map((path) => `import ${JSON.stringify(join(ROOT, path))};`).join("\n");
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) =>
      later.has(path) ? { contents: `${readFileSync(path, "utf8")}\n${imports}\n`, loader: "ts" } : undefined,
    );
  },
};
