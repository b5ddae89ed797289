import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BunPlugin, Glob } from "bun";

const ROOT = join(import.meta.dir, "..");
/** What the start consists of, with all that these import. */
const START = ["src/commands/run.ts", "src/host/host.ts"];
const TRANSPILER = new Bun.Transpiler({ loader: "ts" });

/** The files that are loaded when they are needed, not with the file that names them. */
function loadedLater(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const source of new Glob("src/**/*.ts").scanSync({ cwd: ROOT, absolute: true }))
    for (const { kind, path } of TRANSPILER.scanImports(readFileSync(source, "utf8")))
      if (kind !== "import-statement" && path.startsWith(".")) found.add(join(dirname(source), path));
  return found;
}

/**
 * Keeps the start in one piece. The bundler makes a piece of its own of whatever different pieces share, twenty for the start alone,
 * and each takes a share of a millisecond to load. So every file that is loaded later is told to import the whole start, which is
 * there by then: what all share becomes one piece.
 */
export const startInOne: BunPlugin = {
  name: "start-in-one",
  setup(build) {
    const later = loadedLater();
    const imports = START.map((path) => `import ${JSON.stringify(join(ROOT, path))};`).join("\n");
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) =>
      later.has(path) ? { contents: `${readFileSync(path, "utf8")}\n${imports}\n`, loader: "ts" } : undefined,
    );
  },
};
