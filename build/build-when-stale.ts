import { statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
/** The executable that `npm run build` builds. */
export const EXECUTABLE = join(ROOT, "dist/attache");

/** Builds dist/attache if it is missing or older than its sources, and logs that with `say`. @throws Error with the build's output */
export async function buildWhenStale(log: (line: string) => void): Promise<void> {
  const sources = ["build.ts", "package.json", ...new Bun.Glob("{src,templates,build}/**/*").scanSync(ROOT)];
  const newest = Math.max(...sources.map((path) => statSync(join(ROOT, path)).mtimeMs));
  const built = statSync(EXECUTABLE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > newest) return;
  log("Building dist/attache …");
  const build = Bun.spawn([process.execPath, "build.ts"], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err] = await Promise.all([build.stdout.text(), build.stderr.text()]);
  if ((await build.exited) !== 0) throw new Error(`Cannot build attache:\n${out}${err}`);
}
