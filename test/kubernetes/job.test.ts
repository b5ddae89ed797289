import { expect, test } from "bun:test";
import { at, type Fields, list, ofKind } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import { kubectl } from "./kubectl.ts";
import { containerOf, deploy, nameOf, object, podsOf } from "./objects.ts";
import { manifest, withBackend } from "./workloads.ts";

withBackend();

/** Returns the true conditions of the job once it has ended, and its pods. */
async function jobsEnd(): Promise<{ readonly conditions: readonly unknown[]; readonly pods: readonly Fields[] }> {
  const conditions = await eventually(async () => {
    const all = list(at(await object("job", "job"), "status", "conditions")).filter(({ status }) => status === "True");
    return all.some(({ type }) => type === "Complete" || type === "Failed") ? all : undefined;
  }, 180_000);
  return { conditions: conditions.map(({ type }) => type), pods: await podsOf("job") };
}

const endOf = (pod: unknown, container: string) => at(containerOf(pod, container), "state", "terminated");

test("job.yaml completes: the job waits for the proxy, sends requests through it and stops it", async () => {
  await using _ = await deploy(...manifest("job"));
  const { conditions, pods } = await jobsEnd();
  expect(conditions).toContain("Complete");
  expect(pods.map((pod) => at(pod, "status", "phase"))).toEqual(["Succeeded"]);
  for (const name of ["job", "proxy"]) expect(endOf(pods[0], name)).toMatchObject({ exitCode: 0, reason: "Completed" });
  expect(await kubectl("logs", nameOf(pods[0]), "-c", "job")).toContain("answered: 20 of 20\n");
});

test("a failed job has its own exit status, and stops the proxy", async () => {
  const documents = manifest("job").map((document) => (document === ofKind([document], "Job") ? failing(document) : document));
  await using _ = await deploy(...documents);
  const { conditions, pods } = await jobsEnd();
  expect(conditions).toContain("Failed");
  expect(endOf(pods[0], "job")).toMatchObject({ exitCode: 3, reason: "Error" });
  expect(endOf(pods[0], "proxy")).toMatchObject({ exitCode: 0, reason: "Completed" });
});

function failing(job: Fields): Fields {
  const copy = structuredClone(job);
  const container = list(at(copy, "spec", "template", "spec", "containers")).find(({ name }) => name === "job") ?? {};
  Object.assign(container, { env: [{ name: "STATUS", value: "3" }] });
  Object.assign(copy["spec"] ?? {}, { backoffLimit: 0 });
  return copy;
}
