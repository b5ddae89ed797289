import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareEpoch } from "../../../src/host/supervisor/prepare-epoch.ts";
import type { EpochPlan, Plan } from "../../../src/launch/plan.ts";
import { BLANK_AGENT, blankPlan } from "../../support/blank-plan.ts";
import { newMemoryCgroup, whyNoMemoryCgroup } from "../linux/limited-cgroup.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-prepare-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Prepares epoch 1 beside an epoch 0 of the blank plan, and says which files were written. */
async function prepared(plan: Plan, force = true) {
  const written: EpochPlan[] = [];
  const outcome = await prepareEpoch({
    number: 1,
    force,
    current: blankPlan().epoch(0),
    agent: BLANK_AGENT,
    pid: undefined,
    replan: async () => plan,
    write: (epoch) => void written.push(epoch),
  });
  return { outcome, written: written.map(({ epoch }) => epoch) };
}

/** A plan whose Envoy is a shell script. */
function planOf(script: string, ownConfiguration: EpochPlan["ownConfiguration"] = []): Plan {
  const binary = join(directory, "envoy");
  writeFileSync(binary, `#!/bin/sh\n${script}\n`);
  chmodSync(binary, 0o755);
  return blankPlan({}, { binary, ownConfiguration });
}

test("an epoch is ready when Envoy accepts it", async () => {
  const plan = planOf("exit 0");
  expect(await prepared(plan)).toEqual({ outcome: { kind: "ready", plan, unchanged: [] }, written: [1] });
});

test("nothing is written for settings that start the same Envoy, unless the epoch is wanted anyway", async () => {
  expect(await prepared(blankPlan(), false)).toEqual({ outcome: { kind: "unchanged" }, written: [] });
  expect((await prepared(blankPlan(), true)).written).toEqual([1]);
});

test("an admin interface that would move is refused before anything is written", async () => {
  const { outcome, written } = await prepared(blankPlan({ admin: { host: "127.0.0.1", port: 15001 } }));
  expect(outcome).toEqual({ kind: "failed", problem: expect.stringContaining("from http://127.0.0.1:15000 to http://127.0.0.1:15001") });
  expect(written).toEqual([]);
});

test.each([
  ["exit 1", "Envoy rejects it: it gives no reason"],
  ["kill -9 $$", expect.stringMatching(/^Envoy ".*\/envoy" did not validate it \(--mode validate\): it was ended by SIGKILL$/)],
])("an Envoy that ends with %j has not accepted it", async (script, problem) => {
  expect((await prepared(planOf(script))).outcome).toEqual({ kind: "failed", problem });
});

test("a user's own configuration is named when Envoy rejects the configuration, but not when it rejects its arguments", async () => {
  const own = [{ kind: "file", path: "/own.json", origin: "customConfigFile" }] as const;
  const reasonOf = async (said: string) => (await prepared(planOf(`echo "${said}"; exit 1`, own))).outcome;
  expect(await reasonOf("error initializing configuration '/own.json': no such field")).toEqual({
    kind: "failed",
    problem: expect.stringMatching(/^Envoy rejects it: no such field.*"\/own\.json" \(customConfigFile\)/),
  });
  expect(await reasonOf("error: unknown mode")).toEqual({ kind: "failed", problem: "Envoy rejects it: unknown mode" });
});

const LIMIT = 256 * 1024 ** 2;
const forbidden = whyNoMemoryCgroup(LIMIT);

// Skipped where the kernel does not allow a memory cgroup; the output says why.
describe.skipIf(forbidden !== "")("in a memory cgroup", () => {
  test.each([
    [0, { outcome: "ready" }],
    [
      128,
      {
        outcome: "failed",
        problem: expect.stringMatching(
          /^not enough memory for two: Envoy uses 1\d\d(\.\d)? MiB now, and of the container's limit of 256 MiB only \d+(\.\d)? MiB is free; raise the limit$/,
        ),
      },
    ],
  ])("a second Envoy beside one that has taken %i MiB more: %p", async (mebibytes, expected) => {
    using place = newMemoryCgroup(LIMIT);
    const program = join(import.meta.dir, "../fixtures/prepares-in-memory.ts");
    const child = Bun.spawn([...place.wrap, process.execPath, program, String(mebibytes)], { stdio: ["ignore", "pipe", "inherit"] });
    const [prepared] = JSON.parse(await child.stdout.text());
    await child.exited;
    expect(prepared).toEqual({ kind: "prepared", ...expected });
  });
});
