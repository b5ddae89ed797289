import { expect, test } from "bun:test";
import { eventually } from "../scenarios/support.ts";
import { memoryLimit, processLimit } from "./memory-limit.ts";

const LIMIT = 1_073_741_824;
/** Allocates and fills so many pieces of 50 MB, each of which stays in use. */
const allocating = (pieces: number) => `globalThis.kept = Array.from({ length: ${pieces} }, () => new Uint8Array(5e7).fill(1));`;

test.each([
  ["a cgroup, if one can be created", memoryLimit],
  ["a limit of each process", processLimit],
])(
  "%s ends a program that allocates too much, and no other",
  async (_, limited) => {
    using limit = limited(LIMIT);
    const statusOf = (pieces: number) =>
      Bun.spawn([...limit.wrap, process.execPath, "-e", allocating(pieces)], { stdio: ["ignore", "ignore", "ignore"] }).exited;
    expect(await statusOf(2)).toBe(0);
    expect(await statusOf(60)).not.toBe(0);
  },
  180_000,
);

test("a limit that is removed ends what it still limits", async () => {
  const limit = memoryLimit(LIMIT);
  const child = Bun.spawn([...limit.wrap, process.execPath, "-e", "console.log(1); setInterval(() => {}, 1e6)"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const _ of child.stdout) break;
  limit[Symbol.dispose]();
  // Without a cgroup there is nothing to remove.
  if (limit.wrap.join(" ").includes("ulimit")) child.kill("SIGKILL");
  await eventually(() => child.signalCode === "SIGKILL", "the end of the program");
}, 180_000);
