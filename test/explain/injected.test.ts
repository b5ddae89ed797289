import { describe, expect, test } from "bun:test";
import { launchOf, plannerOf } from "../../src/commands/plan-subject.ts";
import type { Subject } from "../../src/commands/subject.ts";
import { touches } from "../../src/explain/compare.ts";
import { explainPath } from "../../src/explain/explain-path.ts";
import { listInputs } from "../../src/explain/list-inputs.ts";
import { type Path, pathText, selectPaths } from "../../src/explain/paths.ts";
import { trialsOf } from "../../src/explain/trials.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { readSource } from "../../src/pod/read-source.ts";
import { answerOf, injected } from "./support.ts";

const SHAPES: readonly (readonly [file: string, profile: string])[] = [
  ["sidecar-1.30.yaml", "istio-1.30"],
  ["sidecar-1.30.yaml", "istio-1.28"],
  ["sidecar-1.30.yaml", "istio-1.31"],
  ["sidecar-1.28.yaml", "istio-1.28"],
  ["sidecar-1.29.yaml", "istio-1.29"],
  ["sidecar-1.31.yaml", "istio-1.31"],
  ["waypoint-1.30.yaml", "istio-1.30"],
  ["grpc-1.30.yaml", "istio-1.30"],
  ["sidecar-1.6.yaml", "istio-1.6"],
  ["gateway-1.6.yaml", "istio-1.6"],
];

function subjectOf(file: string, profile: string): Subject {
  const source = readSource(file, injected(file));
  return {
    ...source,
    argv: [...source.argv, `--profile=${profile}`],
    isElsewhere: true,
    answerQuestions: async (questions, inputs) => source.answerQuestions(questions, inputs),
  };
}

describe.each(SHAPES)("%s with %s", (file, profile) => {
  test("is rendered, and compared with itself it is the same", async () => {
    const named = { [file]: injected(file) };
    const launch = await answerOf(["render", `--from-file=${file}`, `--profile=${profile}`, "--format=launch"], {}, named);
    expect(launch).toMatchObject({ errors: "", exit: 0 });
    expect(JSON.parse(launch.text)).toMatchObject({ agent: { profile } });
    expect(await answerOf(["diff", file, file, `--profile=${profile}`], {}, named)).toEqual({ text: "", errors: "", exit: 0 });
  });

  test("a value depends on an input exactly if it changes without it", async () => {
    const subject = subjectOf(file, profile);
    const { launch, line } = launchOf(subject);
    const read = subject.readInputs(environmentOf(launch.variables), "./etc/istio/config/mesh");
    const inputs = listInputs(launch, read, line.choice.profile.proxyConfig.annotations);
    const trials = await trialsOf(launch, plannerOf(subject));
    if (trials.complete.kind === "refused") throw new Error(trials.complete.problems.join("; "));
    const paths = ["node.*", "proxyConfig.*", "argv.*", "admin", "envoy.binary"].flatMap((pattern) =>
      selectPaths(documentOf(trials.complete), pattern),
    );
    expect(paths.length).toBeGreaterThan(10);
    const found = new Map<Path, readonly string[]>();
    // Without time for pairs, only single inputs are left out.
    for (const path of paths)
      found.set(
        path,
        (await explainPath(path, inputs, trials, { now: () => 0, until: 0 })).dependencies.map(({ input }) => input.label),
      );
    for (const input of inputs) {
      const { outcome, changes } = await trials.without([input]);
      if (outcome.kind === "refused") continue;
      const changed = paths.filter((path) => changes.some((change) => touches(change, path)));
      expect([input.label, paths.filter((path) => found.get(path)?.includes(input.label)).map(pathText)]).toEqual([
        input.label,
        changed.map(pathText),
      ]);
    }
  });
});

function documentOf(outcome: Awaited<ReturnType<ReturnType<typeof plannerOf>>>) {
  return outcome.kind === "planned" ? outcome.document : {};
}
