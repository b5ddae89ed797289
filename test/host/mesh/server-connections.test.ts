import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const COUNTS = join(import.meta.dir, "../fixtures/counts-connections.ts");
const directory = mkdtempSync(join(tmpdir(), "connections-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

// A quarter of what is left of 144 descriptors is 20.
test.each([
  [1, 20],
  [2, 10],
])("connections that take %i of few descriptors each: %i stay open", async (descriptors, open) => {
  const few = ["sh", "-c", 'ulimit -n 144 && exec "$@"', "sh"];
  const child = Bun.spawn([...few, process.execPath, COUNTS, join(directory, `${descriptors}`), "30", `${descriptors}`], {
    stderr: "pipe",
  });
  const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect([text, problem]).toEqual([`${open}\n`, ""]);
});
