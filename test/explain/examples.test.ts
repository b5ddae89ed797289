import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { ROOT } from "../support/subject.ts";
import { answerOf } from "./support.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const manifests = [...new Glob("examples/kubernetes/*.yaml").scanSync(ROOT)].sort();

test("there are manifests", () => {
  expect(manifests.length).toBeGreaterThanOrEqual(5);
});

describe.each(manifests)("%s", (file) => {
  const named = { [file]: read(file) };

  test("its proxy is explained: no input of the manifest is lost", async () => {
    const { text, errors, exit } = await answerOf(
      ["explain", "--all", "-o", "json", `--from-file=${file}`, "--container=proxy"],
      {},
      named,
    );
    expect({ errors, exit }).toEqual({ errors: "", exit: 0 });
    const { inputs, withoutEffect } = JSON.parse(text);
    const listed = [...inputs, ...withoutEffect].map(({ input }) => input);
    const variables = [...(named[file] ?? "").matchAll(/\{ name: ([A-Z][A-Z0-9_]+), value/g)].map(([, name = ""]) => name);
    expect(variables.length).toBeGreaterThan(4);
    for (const name of variables.filter((each) => each !== "PROXY_CONFIG")) expect(listed).toContain(name);
    expect(listed).toContain("discoveryAddress in PROXY_CONFIG");
  });

  test("its container has to be named, as it has another name than that of the injector", async () => {
    const { errors, exit } = await answerOf(["explain", `--from-file=${file}`], {}, named);
    expect(exit).toBe(255);
    expect(errors).toEndWith('has no container "istio-proxy"; choose one with --container: proxy');
  });
});

test("a workload before its injection is refused, a pod after it is explained", async () => {
  const file = "test/kubernetes/injected.yaml";
  const pod = await answerOf(["explain", "node.id", `--from-file=${file}`], {}, { [file]: read(file) });
  expect(pod).toMatchObject({ errors: "", exit: 0 });
  expect(pod.text).toContain('node.id: "sidecar~<status.podIP>~injected.<metadata.namespace>~<metadata.namespace>.svc.cluster.local"');
  const workload = "kind: Deployment\nmetadata: { name: a }\nspec: { template: { spec: { containers: [{ name: app }] } } }\n";
  const { errors, exit } = await answerOf(["explain", "--from-file=a.yaml"], {}, { "a.yaml": workload });
  expect([errors, exit]).toEqual(['Cannot use "a.yaml": deployment a is not injected yet: give a pod', 255]);
});
