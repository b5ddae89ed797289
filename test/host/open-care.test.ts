import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Command } from "../../src/supervisor/state.ts";

/** What performing some commands prints, in a process of its own: care touches all of it. */
async function performed(...commands: readonly Command[]): Promise<readonly string[]> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "fixtures/performs.ts"), JSON.stringify(commands)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const text = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return text.trim().split("\n");
}

test.each<[string, readonly Command[], readonly string[]]>([
  [
    "a drain asks Envoy, and its answer is heard",
    [{ kind: "drain", path: "/drain_listeners" }],
    ["admin POST /drain_listeners", 'heard {"kind":"drained"}'],
  ],
  ["connections are counted", [{ kind: "count" }], ["admin GET /stats", 'heard {"kind":"counted","connections":3}']],
  ["a pause is over when it is", [{ kind: "suspend" }], ["suspended", 'heard {"kind":"resume"}']],
  ["signals are sent at once", [{ kind: "signal", epoch: 2, signal: "SIGTERM" }], ["signal 2 SIGTERM"]],
  ["lines are logged", [{ kind: "say", level: "warn", text: "careful" }], ["warn careful"]],
  ["a timer is over", [{ kind: "arm", timer: "hold", milliseconds: 1 }], ['heard {"kind":"timer","timer":"hold"}']],
])("%s", async (_, commands, expected) => {
  const lines = await performed(...commands);
  expect(lines.filter((line) => !line.startsWith("info"))).toEqual([...expected]);
});
