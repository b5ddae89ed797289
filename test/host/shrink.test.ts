import { expect, test } from "bun:test";
import { join } from "node:path";

test("memory is released also while the runtime collects garbage, although it ignores Bun.shrink() then", async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "fixtures/shrinks.ts")], {
    env: { ...process.env, BUN_JSC_logGC: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [, after = ""] = (await child.stderr.text()).split("shrinking\n");
  expect(after).toContain("FullCollection");
  expect(after).toContain("shrinkFootprint");
  expect(await child.exited).toBe(0);
});
