import { expect, test } from "bun:test";
import { at } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import { kubectl } from "./kubectl.ts";
import { containerOf, deploy, nameOf, object, podsOf, readyPods } from "./objects.ts";
import { inProxy, sidecarWith } from "./workloads.ts";

test("`attache wait` delays the application until the proxy is ready", async () => {
  // The proxy does not start before this file exists.
  const script = 'until [ -e /etc/istio/proxy/go ]; do /busybox/busybox sleep 0.1; done; exec /usr/local/bin/attache "$@"';
  await using _ = await deploy(...sidecarWith({ command: ["/busybox/sh", "-c", script, "attache"] }));
  const pod = await eventually(async () => {
    const [found] = await podsOf("sidecar");
    await kubectl(...inProxy(found, "/busybox/busybox pidof attache"));
    return found;
  }, 120_000);
  const held = await object("pod", nameOf(pod));
  expect(Object.keys(Object(at(containerOf(held, "app"), "state")))).toEqual(["waiting"]);
  await kubectl(...inProxy(pod, ": >/etc/istio/proxy/go"));
  await readyPods("sidecar", 1);
  expect(await kubectl("logs", nameOf(pod), "-c", "app")).toStartWith("proxy at the start: 200\n");
});
