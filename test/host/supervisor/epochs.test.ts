import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Envoys } from "../../../src/commands/host.ts";
import type { Baseline } from "../../../src/host/linux/memory-cgroup.ts";
import { openEpochs } from "../../../src/host/supervisor/epochs.ts";
import type { EpochPlan, Plan } from "../../../src/launch/plan.ts";
import { INITIAL } from "../../../src/supervisor/state.ts";
import { BLANK_AGENT, BLANK_EPOCH, blankContext, blankPlan } from "../../support/blank-plan.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-epochs-"));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A plan with a bootstrap file for each epoch and a file of all epochs, and the epochs that were requested. */
function countingPlan(binary: string, agent = BLANK_AGENT): { readonly plan: Plan; readonly asked: number[] } {
  const asked: number[] = [];
  const epoch = (number: number): EpochPlan => {
    asked.push(number);
    const path = bootstrapOf(number);
    const files = [path, SHARED].map((each) => ({ path: each, text: "{}", mode: 0o600 }));
    return { ...BLANK_EPOCH, epoch: number, binary, directory, files, temporary: [path, SHARED], bootstrap: "{}", configFile: path };
  };
  return { plan: { agent, epoch }, asked };
}

const bootstrapOf = (epoch: number) => join(directory, `envoy-rev${epoch}.json`);
const SHARED = join(directory, "shared.json");

function opened(next: Plan, { pid = () => undefined, baseline = {} }: Partial<Pick<Envoys, "pid"> & { readonly baseline: Baseline }> = {}) {
  const started: EpochPlan[] = [];
  const logged: string[] = [];
  const plan = blankPlan({}, { bootstrap: "before" });
  const start = (epoch: EpochPlan) => {
    started.push(epoch);
    return undefined;
  };
  const context = blankContext(plan, { start, pid }, (level, text) => void (level === "warn" && logged.push(text)));
  const epochs = openEpochs({ ...context, replan: async () => next }, baseline);
  return { epochs, started, logged };
}

test("a hot restart plans its epoch once, and writes its files once", async () => {
  const { plan, asked } = countingPlan("true");
  const { epochs, started } = opened(plan);
  expect(await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true })).toEqual({ kind: "prepared", outcome: "ready" });
  const written = statSync(bootstrapOf(1)).ino;
  expect(epochs.start({ kind: "start", epoch: 1, plan: 1 })).toBeUndefined();
  expect([asked, started.map(({ epoch }) => epoch)]).toEqual([[1], [1]]);
  expect(statSync(bootstrapOf(1)).ino).toBe(written);
});

test("an epoch that is started again follows the plan of its last preparation", async () => {
  const { plan } = countingPlan("true");
  const { epochs, started } = opened(plan);
  await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true });
  epochs.start({ kind: "start", epoch: 1, plan: 1 });
  epochs.seen({ ...INITIAL, plan: 1 });
  epochs.start({ kind: "start", epoch: 0, plan: 1 });
  expect(existsSync(bootstrapOf(0))).toBe(true);
  epochs.start({ kind: "start", epoch: 0, plan: 0 });
  expect(started.map(({ epoch, bootstrap }) => [epoch, bootstrap])).toEqual([
    [1, "{}"],
    [0, "{}"],
    [0, "before"],
  ]);
});

test("settings that the agent does not follow are named once, when they have changed", async () => {
  const supervision = { ...BLANK_AGENT.supervision, terminationMessagePath: "elsewhere" };
  const before = opened(countingPlan("true").plan);
  const after = opened(countingPlan("true", { ...BLANK_AGENT, supervision }).plan);
  for (const { epochs } of [before, after]) await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true });
  expect(before.logged).toEqual([]);
  expect(after.logged).toEqual(["Changed, but unused until the agent restarts: how the agent drains, stops and watches Envoy"]);
});

test("settings are compared to those of the newest epoch", async () => {
  const { epochs } = opened(countingPlan("true").plan);
  expect(await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: false })).toMatchObject({ outcome: "ready" });
  epochs.start({ kind: "start", epoch: 1, plan: 1 });
  expect(await epochs.prepare({ kind: "prepare", epoch: 2, plan: 2, force: false })).toMatchObject({ outcome: "unchanged" });
});

test("the kernel takes each Envoy rather than the agent when memory is short", async () => {
  const { plan } = countingPlan("true");
  const scoreOf = (pid: number | "self") => Number(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8"));
  const [first, second] = [Bun.spawn(["sleep", "1000"]), Bun.spawn(["sleep", "1000"])];
  try {
    const { epochs } = opened(plan, {
      pid: (epoch) => (epoch === 0 ? first.pid : second.pid),
      baseline: { memory: { limit: 1_024 * 1_024 ** 2 } },
    });
    epochs.start({ kind: "start", epoch: 1, plan: 0 });
    // 32 MiB of the limit, in thousandths.
    const raised = Math.min(1_000, scoreOf("self") + 32);
    expect([scoreOf(first.pid), scoreOf(second.pid)]).toEqual([raised, raised]);
  } finally {
    for (const each of [first, second]) each.kill("SIGKILL");
  }
});

test("the files of an epoch that Envoy refuses are removed", async () => {
  const { plan } = countingPlan("false");
  const { epochs } = opened(plan);
  expect(await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true })).toMatchObject({ outcome: "failed" });
  expect(existsSync(bootstrapOf(1))).toBe(false);
});

test("files of an epoch that could not all be written are removed", async () => {
  const { plan } = countingPlan("true");
  mkdirSync(SHARED, { recursive: true });
  const { epochs } = opened(plan);
  expect(await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true })).toMatchObject({
    outcome: "failed",
    problem: expect.stringMatching(/^Cannot write ".*shared\.json"/),
  });
  expect(readdirSync(directory)).toEqual(["shared.json"]);
});

test("a file of two epochs stays until both have ended", async () => {
  const { plan } = countingPlan("true");
  const { epochs } = opened(plan);
  for (const epoch of [1, 2]) {
    await epochs.prepare({ kind: "prepare", epoch, plan: epoch, force: true });
    epochs.start({ kind: "start", epoch, plan: epoch });
  }
  await epochs.cleanUp(1);
  expect(readdirSync(directory).sort()).toEqual(["envoy-rev2.json", "shared.json"]);
  await epochs.cleanUp(2);
  expect(readdirSync(directory)).toEqual([]);
});

test("the files of a retried epoch are kept when the failed attempt is removed", async () => {
  const { plan } = countingPlan("true");
  const { epochs } = opened(plan);
  await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true });
  epochs.start({ kind: "start", epoch: 1, plan: 1 });
  await epochs.prepare({ kind: "prepare", epoch: 1, plan: 2, force: true });
  await epochs.cleanUp(1);
  expect(existsSync(bootstrapOf(1))).toBe(true);
  epochs.close();
  expect(existsSync(bootstrapOf(1))).toBe(false);
});

test("an epoch that is prepared and never started leaves no files", async () => {
  const { plan } = countingPlan("true");
  const { epochs } = opened(plan);
  await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true });
  epochs.close();
  expect(existsSync(bootstrapOf(1))).toBe(false);
});

test("the first epoch is alone while no other one runs, and no other one is alone", async () => {
  const { epochs } = opened(countingPlan("true").plan);
  const seen = [epochs.isFirstAlone()];
  epochs.start({ kind: "start", epoch: 1, plan: 0 });
  seen.push(epochs.isFirstAlone());
  await epochs.cleanUp(0);
  seen.push(epochs.isFirstAlone());
  expect(seen).toEqual([true, false, false]);
});
