import { describe, expect, test } from "bun:test";
import type { Fields } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import { kubectl, tryKubectl } from "./kubectl.ts";
import { containerOf, deploy, ended, nameOf, object, podsOf, readyPods } from "./objects.ts";
import { inProxy, sidecarWith } from "./workloads.ts";

// What a person finds in the pod's status when something has gone wrong.

/** How the proxy ended, told to the person who runs this: a message is for reading. */
async function endOf(pod: unknown): Promise<Fields> {
  const end = await ended(nameOf(pod), "proxy");
  console.log(`  ${end["reason"]}, ${end["exitCode"]}: ${end["message"]}`);
  return end;
}

describe("the pod's status tells", () => {
  test("a crash of Envoy: status 139, the signal, and the pod comes back", async () => {
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

  // Now and then the kernel takes a second process within some milliseconds, and nobody is left to tell: it is tried again then.
  test("an out-of-memory kill: OOMKilled, 137, with limit and counts", async () => {
    const told = expect.stringContaining("Envoy was killed: out of memory");
    for (let left = 2; ; left--) {
      const end = await endForLackOfMemory();
      expect(end).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
      if (left === 0 || String(end["message"]).includes("out of memory")) return expect(end["message"]).toEqual(told);
    }
  });

  test("a refused setting: status 255 and every mistake", async () => {
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
  // Files in memory count against the limit, but only a process can be given up for them: Envoy, or should that not do, the shell.
  // They stay when it is gone, so no more of them may be written then; a process that has ended maps nothing.
  const fill = [
    "envoy=$(/busybox/busybox pidof envoy); for each in self $envoy; do echo 1000 >/proc/$each/oom_score_adj; done",
    "while /busybox/busybox grep -q . /proc/$envoy/maps; do /busybox/busybox dd if=/dev/zero bs=256k count=1 2>/dev/null >>/dev/shm/fill; done",
  ];
  await tryKubectl(inProxy(pod, fill.join("; ")));
  return await endOf(pod);
}
