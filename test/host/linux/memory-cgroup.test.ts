import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { readBaseline, readMemoryCgroup } from "../../../src/host/linux/memory-cgroup.ts";
import { newMemoryCgroup, whyNoMemoryCgroup } from "./limited-cgroup.ts";

const LIMIT = 128 * 1024 ** 2;
const LOSES_CHILD = join(import.meta.dir, "../fixtures/loses-child.ts");
/** Makes the kernel kill the program that allocates memory, not its supervisor. */
const HOG = "echo 1000 > /proc/self/oom_score_adj; exec tail /dev/zero";

const forbidden = whyNoMemoryCgroup(LIMIT);

// Skipped if no memory cgroup can be created; the output has the reason.
describe.skipIf(forbidden !== "")("in a memory cgroup", () => {
  test("an out-of-memory kill is reported with limit and peak", async () => {
    const { cause, before, after } = await lose(HOG);
    expect(cause).toEqual({
      text: expect.stringMatching(
        /^Envoy was killed: out of memory \(SIGKILL, OOM kills in its cgroup from 0 to 1\), limit 128 MiB, peak 12\d(?:\.\d)? MiB$/,
      ),
      hint: "raise the container's memory limit",
    });
    expect([before.limit, after.limit, before.oomKills, after.oomKills]).toEqual([LIMIT, LIMIT, 0, 1]);
    expect(after.peak).toBeGreaterThan(after.usage);
  });

  test("an out-of-memory kill that came before the count was read is reported too", async () => {
    const { cause, before } = await lose(HOG, "late");
    expect(cause.text).toStartWith("Envoy was killed: out of memory (SIGKILL, OOM kills in its cgroup: 1), limit 128 MiB, peak 12");
    expect(before.oomKills).toBe(1);
  });

  test("a kill from outside is not reported as out of memory", async () => {
    const { cause, after } = await lose("kill -9 $$");
    expect(cause.text).toStartWith("Envoy was killed (SIGKILL) from outside: the cgroup reports no OOM kill");
    expect(after.oomKills).toBe(0);
  });
});

test("the cgroup of this process is read if there is one", () => {
  const memory = readMemoryCgroup();
  if (forbidden === "") expect(memory?.oomKills).toBeGreaterThanOrEqual(0);
  expect(Object.values(memory ?? {}).filter((value) => !Number.isSafeInteger(value))).toEqual([]);
});

test.each([
  ["that is killed before it is read, and not reaped", "kill -9", true],
  ["that runs", "kill -0", false],
])("the baseline of an Envoy %s", async (_, kill, isLate) => {
  // The shell never waits for its child.
  const script = `sleep 600 & ${kill} $!; echo $!; exec sleep 600`;
  const parent = Bun.spawn(["setsid", "sh", "-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const { value } = await parent.stdout.getReader().read();
    expect(readBaseline(3, Number(Buffer.from(value ?? []).toString())).lateFor).toBe(isLate ? 3 : undefined);
    expect(readBaseline(3, undefined).lateFor).toBe(3);
  } finally {
    process.kill(-parent.pid, "SIGKILL");
  }
});

async function lose(...command: readonly string[]) {
  using place = newMemoryCgroup(LIMIT);
  const child = Bun.spawn([...place.wrap, process.execPath, LOSES_CHILD, ...command], { stdio: ["ignore", "pipe", "inherit"] });
  const out = await child.stdout.text();
  await child.exited;
  return JSON.parse(out);
}
