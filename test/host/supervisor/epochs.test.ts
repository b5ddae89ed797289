import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEpochs } from "../../../src/host/supervisor/epochs.ts";
import { environmentOf } from "../../../src/inputs/environment.ts";
import type { EpochPlan, Plan } from "../../../src/launch/plan.ts";
import { BLANK_AGENT, BLANK_EPOCH, blankPlan } from "../../support/blank-plan.ts";

const directory = mkdtempSync(join(tmpdir(), "attache-epochs-"));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A plan whose bootstrap is a file for each epoch, and the numbers it was asked for. */
function countingPlan(binary: string): { readonly plan: Plan; readonly asked: number[] } {
  const asked: number[] = [];
  const epoch = (number: number): EpochPlan => {
    asked.push(number);
    const path = join(directory, `envoy-rev${number}.json`);
    const files = [{ path, text: "{}", mode: 0o600 }];
    return { ...BLANK_EPOCH, epoch: number, binary, directory, files, temporary: [path], bootstrap: "{}", configFile: path };
  };
  return { plan: { agent: BLANK_AGENT, epoch }, asked };
}

function opened(next: Plan) {
  const started: number[] = [];
  const plan = blankPlan({}, { bootstrap: "before" });
  const epochs = openEpochs(
    {
      envoys: {
        events: (async function* () {})(),
        push: () => {},
        start: ({ epoch }) => {
          started.push(epoch);
          return undefined;
        },
        signal: () => {},
        pid: () => undefined,
        isAskedToStop: () => false,
        suspend: () => {},
      },
      plan,
      epoch: plan.epoch(0),
      services: undefined,
      replan: async () => next,
      environment: environmentOf([]),
      log: () => {},
      strict: false,
    },
    {},
  );
  return { epochs, started };
}

test("a hot restart plans its epoch once, and writes its files once", async () => {
  const { plan, asked } = countingPlan("true");
  const { epochs, started } = opened(plan);
  expect(await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true })).toEqual({ kind: "prepared", outcome: "ready" });
  const written = statSync(join(directory, "envoy-rev1.json")).ino;
  expect(epochs.start({ kind: "start", epoch: 1, plan: 1 })).toBeUndefined();
  expect([asked, started]).toEqual([[1], [1]]);
  expect(statSync(join(directory, "envoy-rev1.json")).ino).toBe(written);
});

test("the files of an epoch that Envoy refuses are removed", async () => {
  const { plan } = countingPlan("false");
  const { epochs } = opened(plan);
  expect(await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true })).toMatchObject({ outcome: "failed" });
  expect(existsSync(join(directory, "envoy-rev1.json"))).toBe(false);
});

test("the files of an epoch that is prepared again outlast the end of the one that failed", async () => {
  const { plan } = countingPlan("true");
  const { epochs } = opened(plan);
  await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true });
  epochs.start({ kind: "start", epoch: 1, plan: 1 });
  await epochs.prepare({ kind: "prepare", epoch: 1, plan: 2, force: true });
  await epochs.forget(1);
  expect(existsSync(join(directory, "envoy-rev1.json"))).toBe(true);
  epochs.close();
  expect(existsSync(join(directory, "envoy-rev1.json"))).toBe(false);
});

test("what is prepared and never started leaves nothing", async () => {
  const { plan } = countingPlan("true");
  const { epochs } = opened(plan);
  await epochs.prepare({ kind: "prepare", epoch: 1, plan: 1, force: true });
  epochs.close();
  expect(existsSync(join(directory, "envoy-rev1.json"))).toBe(false);
});
