import { expect, test } from "bun:test";
import { launchOf, plannerOf } from "../../src/commands/plan-subject.ts";
import { changesValue } from "../../src/explain/explain-path.ts";
import { jointEffects } from "../../src/explain/joint-effects.ts";
import { listInputs } from "../../src/explain/list-inputs.ts";
import { pathText } from "../../src/explain/paths.ts";
import { trialsOf } from "../../src/explain/trials.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { readSource } from "../../src/pod/read-source.ts";
import { injected } from "./support.ts";

async function jointOf(file: string, now: () => number = () => 0) {
  const source = readSource(file, injected(file));
  const subject = {
    ...source,
    argv: source.argv,
    isElsewhere: true,
    answerQuestions: async (...asked: Parameters<typeof source.answerQuestions>) => source.answerQuestions(...asked),
  };
  const { launch, line } = launchOf(subject);
  const read = subject.readInputs(environmentOf(launch.variables), "./etc/istio/config/mesh");
  const inputs = listInputs(launch, read, line.choice.profile.proxyConfig.annotations);
  const trials = await trialsOf(launch, plannerOf(subject));
  return { inputs, trials, ...(await jointEffects(inputs, trials, { now, until: 1 })) };
}

test.each(["sidecar-1.30.yaml", "gateway-1.6.yaml"])(
  "inputs of %s that change values only together: one of them is enough for each value",
  async (file) => {
    const { found, untried, trials } = await jointOf(file);
    expect(untried).toBe(0);
    expect(found.length).toBeGreaterThan(0);
    for (const { inputs, changes } of found) {
      expect(inputs.length).toBeGreaterThan(1);
      expect(changes.length).toBeGreaterThan(0);
      for (const { path } of changes) {
        expect([pathText(path), changesValue(await trials.without(inputs), path)]).toEqual([pathText(path), true]);
        for (const kept of inputs) {
          const others = inputs.filter((input) => input !== kept);
          expect([pathText(path), kept.label, changesValue(await trials.without(others), path)]).toEqual([
            pathText(path),
            kept.label,
            false,
          ]);
        }
      }
    }
  },
);

test("every value that changes without the inputs changes without one of them, or one set", async () => {
  const { inputs, trials, found } = await jointOf("sidecar-1.30.yaml");
  const { changes } = await trials.without(inputs);
  expect(changes.length).toBeGreaterThan(50);
  const explaining = [...inputs.map((input) => [input]), ...found.map((set) => set.inputs)];
  const unexplained = [];
  for (const { path } of changes) {
    const without = await Promise.all(explaining.map((set) => trials.without(set)));
    if (!without.some((trial) => changesValue(trial, path))) unexplained.push(pathText(path));
  }
  expect(unexplained).toEqual([]);
});

test("the workload's name has three origins", async () => {
  const { found } = await jointOf("sidecar-1.30.yaml");
  const set = found.find(({ inputs }) => inputs.some(({ label }) => label === "ISTIO_META_WORKLOAD_NAME"));
  expect(set?.inputs.map(({ label }) => label)).toEqual([
    "ISTIO_META_WORKLOAD_NAME",
    "pod label app",
    "pod label service.istio.io/canonical-name",
  ]);
  expect(set?.changes.map(({ path }) => pathText(path))).toContain("node.cluster");
});

test("the time ends the search, and what is left is counted", async () => {
  const { found, untried } = await jointOf("sidecar-1.30.yaml", () => 1);
  expect(found).toEqual([]);
  expect(untried).toBeGreaterThan(50);
});
