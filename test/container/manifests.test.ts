import { beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, documentsOf, list, MANIFESTS, ofKind, texts } from "../examples/manifests.ts";
import { startContainer, writableDirectory } from "./container.ts";
import { buildImages, IMAGES } from "./images.ts";

beforeAll(buildImages, 1_800_000);

describe.each([...MANIFESTS])("the proxy of examples/kubernetes/%s.yaml", (name) => {
  test.concurrent("becomes ready with the manifest's arguments, variables, resources and limit, and stops within its grace period", async () => {
    const documents = documentsOf(name);
    const pod = at(ofKind(documents, "Deployment", "Job"), "spec", "template", "spec");
    const proxy = [...list(at(pod, "initContainers")), ...list(at(pod, "containers"))].find((each) => each["name"] === "proxy");
    using resources = writableDirectory();
    for (const file of ["listeners.yaml", "clusters.yaml"])
      writeFileSync(join(resources.path, file), String(at(ofKind(documents, "ConfigMap"), "data", file)));
    chmodSync(resources.path, 0o755);
    const given = list(at(proxy, "env")).filter(({ value }) => value !== undefined);
    await using container = await startContainer({
      image: IMAGES.attache,
      args: texts(at(proxy, "args")),
      environment: Object.fromEntries(given.map(({ name: variable, value }) => [String(variable), String(value)])),
      resources: resources.path,
      memory: String(at(proxy, "resources", "limits", "memory")).replace("Mi", "m"),
    });
    await container.ready();
    await container.stop(Number(at(pod, "terminationGracePeriodSeconds")));
    expect(await container.ended()).toBe(0);
  });
});
