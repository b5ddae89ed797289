import { expect, test } from "bun:test";
import { at, type Fields, list, ofKind } from "../examples/manifests.ts";
import { kubectl } from "./kubectl.ts";
import { addressOf, deploy, nameOf, readyPods } from "./objects.ts";
import { watchPods } from "./watch-pods.ts";
import { manifest } from "./workloads.ts";

/** Returns the sidecar's manifest with one pod and a grace period in seconds. */
function sidecarWithin(grace: number): readonly Fields[] {
  return manifest("sidecar").map((document) => {
    if (document !== ofKind([document], "Deployment")) return document;
    const copy = structuredClone(document);
    Object.assign(copy["spec"] ?? {}, { replicas: 1 });
    const spec = at(copy, "spec", "template", "spec");
    Object.assign(spec ?? {}, { terminationGracePeriodSeconds: grace });
    const [proxy, app = {}] = list(at(spec, "containers"));
    Object.assign(app, { lifecycle: { preStop: { sleep: { seconds: Math.floor((grace * 2) / 3) } } } });
    for (const variable of list(at(proxy, "env"))) {
      if (variable["name"] === "ATTACHE_GRACE_PERIOD") Object.assign(variable, { value: String(grace) });
      if (variable["name"] === "ATTACHE_PRE_DRAIN_DELAY") Object.assign(variable, { value: "1" });
    }
    return copy;
  });
}

/** Deletes the pod during a request of so many seconds. Returns the status of the request, or 0, and how the proxy ended. */
async function deleteUnder(
  seconds: number,
  grace: number,
): Promise<{ readonly status: number; readonly end: Fields; readonly took: number }> {
  using watch = watchPods("sidecar");
  await using _ = await deploy(...sidecarWithin(grace));
  const [pod] = await readyPods("sidecar", 1);
  const answer = fetch(`http://${addressOf(pod)}:8080/slow?seconds=${seconds}`).then(
    async (response) => ((await response.text()) === "ok\n" ? response.status : 0),
    () => 0,
  );
  const started = performance.now();
  await kubectl("delete", "pod", nameOf(pod), "--wait=true");
  return { status: await answer, end: await watch.end(nameOf(pod), "proxy"), took: performance.now() - started };
}

test("a request that fits into the grace period is answered although the pod is deleted", async () => {
  const { status, end, took } = await deleteUnder(8, 30);
  expect({ status, ...end }).toMatchObject({ status: 200, exitCode: 0, reason: "Completed" });
  expect(took).toBeWithin(7_000, 30_000);
});

test("a request that does not fit is ended before the kubelet would kill the proxy", async () => {
  const { status, end } = await deleteUnder(14, 10);
  expect({ status, ...end }).toMatchObject({ status: 0, exitCode: 0, reason: "Completed" });
});
