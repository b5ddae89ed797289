import { describe, expect, test } from "bun:test";
import { at, type Fields } from "../examples/manifests.ts";
import { kubectl } from "./kubectl.ts";
import { addressOf, containerOf, deploy, nameOf, podsOf, readyPods } from "./objects.ts";
import { watchPods } from "./watch-pods.ts";
import { manifest, startPodLoad, templateOf, withBackend } from "./workloads.ts";

// The unchanged manifests, with controllers, scheduler and services as in any cluster.

withBackend();

const endTime = (terminated: Fields) => Date.parse(String(terminated["finishedAt"]));

describe.each(["sidecar", "native-sidecar", "gateway"] as const)("%s.yaml", (name) => {
  const grace = Number(at(templateOf(name), "spec", "terminationGracePeriodSeconds"));

  test("becomes ready; a rollout and the deletion of a pod lose no request; all pods stop within the grace period", async () => {
    using watch = watchPods(name);
    await using deployed = await deploy(...manifest(name));
    const first = await readyPods(name, 2);
    for (const pod of first) {
      if (name !== "gateway") expect(await kubectl("logs", nameOf(pod), "-c", "app")).toStartWith("proxy at the start: 200\n");
      expect(containerOf(pod, "proxy")).toMatchObject({ ready: true, restartCount: 0 });
      expect((await fetch(`http://${addressOf(pod)}:15021/healthz/ready`)).status).toBe(200);
    }
    await using load = await startPodLoad(`http://${name}`);

    await kubectl("rollout", "restart", `deployment/${name}`);
    await kubectl("rollout", "status", `deployment/${name}`, "--timeout=300s");
    const second = await readyPods(name, 2);
    expect(second.map(nameOf).filter((pod) => first.map(nameOf).includes(pod))).toEqual([]);

    const [victim = {}] = second;
    const started = performance.now();
    await kubectl("delete", "pod", nameOf(victim), "--wait=true");
    const took = performance.now() - started;
    expect(took).toBeLessThan(grace * 1_000);
    await readyPods(name, 2);

    const report = await load.stop();
    console.log(`${name}: ${JSON.stringify(report)}; a pod's deletion took ${(took / 1000).toFixed(1)} s`);
    expect(report).toMatchObject({ failed: 0 });
    expect(report.ok).toBeGreaterThan(1_000);
    expect(report.closedInOrder).toBeGreaterThan(0);

    expect(await deployed.remove()).toBeLessThan(grace * 1_000);
    expect(await podsOf(name)).toEqual([]);
    const pods = watch.pods().map(nameOf);
    expect(pods.length).toBeGreaterThanOrEqual(5);
    for (const pod of pods) {
      const proxy = await watch.end(pod, "proxy");
      expect({ pod, ...proxy }).toMatchObject({ pod, exitCode: 0, reason: "Completed" });
      // Kubernetes' timestamps have whole seconds.
      if (name === "native-sidecar") expect(endTime(proxy)).toBeGreaterThanOrEqual(endTime(await watch.end(pod, "app")));
    }
  });
});
