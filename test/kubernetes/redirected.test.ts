import { expect, test } from "bun:test";
import { at, type Fields, list, ofKind } from "../examples/manifests.ts";
import { kubectl } from "./kubectl.ts";
import { addressOf, containerOf, deploy, nameOf, readyPods } from "./objects.ts";
import { manifest, startPodLoad, withBackend } from "./workloads.ts";

withBackend();

/** Returns the manifest with an application that listens to all addresses, and counters that the proxy does not have otherwise. */
function redirected(): readonly Fields[] {
  return manifest("redirected").map((document) => {
    if (document !== ofKind([document], "Deployment")) return document;
    const copy = structuredClone(document);
    Object.assign(at(copy, "spec", "template", "metadata", "annotations") ?? {}, {
      "sidecar.istio.io/statsInclusionPrefixes": "http.http,tcp.outbound",
    });
    const [app = {}] = list(at(copy, "spec", "template", "spec", "containers"));
    Object.assign(app, {
      env: [
        { name: "HOST", value: "0.0.0.0" },
        { name: "PORT", value: "8080" },
      ],
    });
    return copy;
  });
}

/** Returns a counter of the proxy. */
async function counter(pod: Fields, name: string): Promise<number> {
  const path = `stats?filter=^${name.replaceAll(".", "\\.")}$`;
  const text = await kubectl("exec", nameOf(pod), "-c", "proxy", "--", "/usr/local/bin/attache", "request", "GET", path);
  return Number(/: (\d+)/.exec(text)?.[1]);
}

test("redirected.yaml: connections of the application and to it go through the proxy, and a rollout loses no request", async () => {
  await using deployed = await deploy(...redirected());
  const [pod = {}] = await readyPods("redirected", 2);
  expect(at(containerOf(pod, "redirect"), "state", "terminated", "exitCode")).toBe(0);

  const inbound = await counter(pod, "http.http.downstream_rq_2xx");
  expect(await (await fetch(`http://${addressOf(pod)}:8080/`)).text()).toBe("ok\n");
  expect(await counter(pod, "http.http.downstream_rq_2xx")).toBeGreaterThan(inbound);

  const outbound = await counter(pod, "tcp.outbound.downstream_cx_total");
  const script = 'console.log((await (await fetch("http://backend/")).text()).trim())';
  expect(await kubectl("exec", nameOf(pod), "-c", "app", "--", "/usr/local/bin/bun", "-e", script)).toBe("ok\n");
  expect(await counter(pod, "tcp.outbound.downstream_cx_total")).toBe(outbound + 1);

  // The listeners themselves are no way to anywhere: that for connections of the application is behind the other one.
  expect((await fetch(`http://${addressOf(pod)}:15001/`)).status).toBe(503);
  await expect(fetch(`http://${addressOf(pod)}:15006/`)).rejects.toThrow();

  await using load = await startPodLoad("http://redirected");
  await kubectl("rollout", "restart", "deployment/redirected");
  await kubectl("rollout", "status", "deployment/redirected", "--timeout=300s");
  expect(await load.stop()).toMatchObject({ failed: 0 });
  await deployed.remove();
});
