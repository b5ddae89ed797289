import { describe, expect, test } from "bun:test";
import type { Fields } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import { kubectl, tryKubectl } from "./kubectl.ts";
import { containerOf, deploy, ended, nameOf, object, podsOf, readyPods } from "./objects.ts";
import { inProxy, sidecarWith } from "./workloads.ts";

// The pod's status after a failure.

/** Returns how the proxy ended, and prints its termination message. */
async function endOf(pod: unknown): Promise<Fields> {
  const end = await ended(nameOf(pod), "proxy");
  console.log(`  ${end["reason"]}, ${end["exitCode"]}: ${end["message"]}`);
  return end;
}

describe("the pod's status shows", () => {
  test("a crash of Envoy: exit status 139, the signal, and the pod becomes ready again", async () => {
    await using _ = await deploy(...sidecarWith({}));
    const [pod] = await readyPods("sidecar", 1);
    await kubectl(...inProxy(pod, "kill -SEGV $(/busybox/busybox pidof envoy)"));
    const end = await endOf(pod);
    expect(end).toMatchObject({ exitCode: 139, reason: "Error", message: expect.stringContaining("SIGSEGV") });
    await eventually(async () => {
      const proxy = containerOf(await object("pod", nameOf(pod)), "proxy");
      return proxy["ready"] === true && proxy["restartCount"] === 1 ? true : undefined;
    }, 120_000);
  });

  // Sometimes the kernel kills a second process within milliseconds, so nothing can report the first: then it is tried again.
  test("an out-of-memory kill: OOMKilled, 137, with limit and counts", async () => {
    const expected = expect.stringContaining("Envoy was killed: out of memory");
    for (let left = 2; ; left--) {
      const end = await endForLackOfMemory();
      expect(end).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
      if (left === 0 || String(end["message"]).includes("out of memory")) return expect(end["message"]).toEqual(expected);
    }
  });

  test("a refused setting: exit status 255 and every error", async () => {
    const env = [{ name: "PROXY_CONFIG", value: '{drainDuration: soon, concurrency: "many"}' }];
    await using _ = await deploy(...sidecarWith({ env, lifecycle: null }));
    const pod = await eventually(async () => (await podsOf("sidecar"))[0], 60_000);
    const end = await endOf(pod);
    expect(end).toMatchObject({
      exitCode: 255,
      reason: "Error",
      message: expect.stringMatching(/: drainDuration in PROXY_CONFIG .*; concurrency in PROXY_CONFIG /),
    });
  });
});

async function endForLackOfMemory(): Promise<Fields> {
  await using _ = await deploy(...sidecarWith({ resources: { limits: { memory: "64Mi" } } }));
  const [pod] = await readyPods("sidecar", 1);
  // Files in memory count against the limit, but only a process can be killed for them: Envoy, or if that is not enough, the shell.
  // The files stay after that, so no more may be written then; a process that has exited maps nothing.
  const fill = [
    "envoy=$(/busybox/busybox pidof envoy); for each in self $envoy; do echo 1000 >/proc/$each/oom_score_adj; done",
    "while /busybox/busybox grep -q . /proc/$envoy/maps; do /busybox/busybox dd if=/dev/zero bs=256k count=1 2>/dev/null >>/dev/shm/fill; done",
  ];
  await tryKubectl(inProxy(pod, fill.join("; ")));
  return await endOf(pod);
}
