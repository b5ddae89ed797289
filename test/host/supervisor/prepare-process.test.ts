import { expect, test } from "bun:test";
import { join } from "node:path";

test("a bug is reported with its stack, and Envoy is stopped gracefully with the exit status of bugs", async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../fixtures/has-a-bug.ts")], { stdio: ["ignore", "pipe", "pipe"] });
  const lines = (await child.stdout.text()).trim().split("\n");
  expect(await child.exited).toBe(0);
  const heard = JSON.stringify({ kind: "fail", status: 70, why: "a bug in attache" });
  expect(lines.filter((line) => !line.startsWith("info"))).toEqual([
    "error This is a bug in attache: Error: not foreseen",
    heard,
    "error This is a bug in attache: Error: nor this",
    heard,
  ]);
});

test("a bug in a service that opens after Envoy's start stops Envoy gracefully too; the other services open", async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../fixtures/opens-with-a-bug.ts")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines = (await child.stdout.text()).trim().split("\n");
  expect([await child.exited, await child.stderr.text()]).toEqual([0, ""]);
  expect(lines.filter((line) => line.startsWith("error This is a bug in attache: TypeError"))).toHaveLength(2);
  expect(lines.at(-1)).toBe("fail fail");
});
