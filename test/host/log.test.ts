import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

test("a text is written whole to a full pipe that does not block", async () => {
  const directory = mkdtempSync(join(tmpdir(), "attache-log-"));
  try {
    const path = join(directory, "pipe");
    expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
    const count = 60_000;
    const expected = Array.from({ length: count }, (_, index) => `${index}\n`).join("");
    const writer = Bun.spawn([process.execPath, join(import.meta.dir, "fixtures/fills-a-pipe.ts"), path, String(count)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    expect(new TextDecoder().decode((await writer.stdout.getReader().read()).value)).toBe("writing\n");
    const reader = Bun.spawn(["head", "-c", String(expected.length), path], { stdio: ["ignore", "pipe", "inherit"] });
    expect((await reader.stdout.text()) === expected).toBe(true);
    expect(await writer.exited).toBe(0);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
