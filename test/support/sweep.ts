import { readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What tests name their temporary directories: a prefix, and the six characters of `mkdtemp`. */
const OURS = /^attache-[a-z0-9-]+-[A-Za-z0-9]{6}$/;
/** No test runs for so long, in milliseconds. */
const OLD = 24 * 3_600_000;

/** Removes temporary directories of tests that were killed. Returns their names. */
export function sweep(directory = tmpdir(), now = Date.now()): readonly string[] {
  const left = readdirSync(directory, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && OURS.test(entry.name) && isOld(join(directory, entry.name), now),
  );
  for (const { name } of left) rmSync(join(directory, name), { recursive: true, force: true });
  return left.map(({ name }) => name);
}

function isOld(path: string, now: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && stat.uid === process.getuid?.() && now - stat.mtimeMs > OLD;
}
