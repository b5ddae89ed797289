import { beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../envoy/support.ts";
import { type Container, childrenOf, envoyOf, startContainer, statusOf, WORDS, writableDirectory } from "./container.ts";
import { buildImages, IMAGES } from "./images.ts";

// Containers whose processes exit unexpectedly.

beforeAll(buildImages, 1_800_000);

test("the container's exit status shows Envoy's crash", async () => {
  await using container = await startContainer({ image: IMAGES.attache });
  await container.ready();
  process.kill(envoyOf(await container.pid()), "SIGSEGV");
  expect(await container.ended()).toBe(139);
  expect(await container.log()).toContain("SIGSEGV");
});

test("with --exec, the container's exit status shows that Envoy was killed", async () => {
  await using container = await startContainer({ image: IMAGES.exec });
  await container.live();
  process.kill(await container.pid(), "SIGKILL");
  expect(await container.ended()).toBe(137);
});

const oomScore = (pid: number) => Number(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8"));

test.each([
  ["a limit of 128 MiB", 0, "128m", 100],
  ["a limit of 512 MiB", 0, "512m", 63],
  ["a burstable pod, where the scale has nearly ended", 990, "128m", 10],
  ["a best-effort pod, where it has ended", 1_000, "128m", 0],
])("the kernel prefers to kill Envoy: %s", async (_, given, memory, expected) => {
  const options = ["--oom-score-adj", String(given), "--mount", "type=tmpfs,destination=/etc/istio/proxy,U=true"];
  await using container = await startContainer({ image: IMAGES.attache, memory, options });
  await container.ready();
  const pid = await container.pid();
  expect([oomScore(pid), oomScore(envoyOf(pid)) - given]).toEqual([given, expected]);
});

/** Returns the resident memory of a process, which the kernel compares, in MiB. */
const sizeOf = (pid: number) => Number.parseInt(statusOf(pid, "VmRSS"), 10) / 1_024;

/** Runs a container out of memory while its agent is larger than Envoy. Returns its exit status and log. */
async function exhaustMemory(): Promise<{ readonly status: number; readonly log: string }> {
  const limit = 256;
  const options = ["--mount", "type=tmpfs,destination=/etc/istio/proxy,tmpfs-size=300m,U=true"];
  await using container = await startContainer({ image: IMAGES.debug, memory: `${limit}m`, options });
  await container.ready();
  const pid = await container.pid();
  const envoy = envoyOf(pid);
  // Like an agent that is larger than Envoy by a twentieth of the limit: half of what Envoy's score compensates.
  const growth = (sizeOf(envoy) - sizeOf(pid)) / limit + 1 / 20;
  writeFileSync(`/proc/${pid}/oom_score_adj`, String(Math.round(growth * 1_000)));
  // Files in memory count against the limit: first nearly all of the rest, then small steps until the kernel kills.
  const room = Math.floor(limit - sizeOf(pid) - sizeOf(envoy));
  const fill = "/busybox/busybox dd if=/dev/zero 2>/dev/null >>/etc/istio/proxy/fill";
  const chosen = "/busybox/busybox grep -qs '^oom_kill [1-9]' /sys/fs/cgroup/memory/memory.oom_control /sys/fs/cgroup/memory.events";
  void container.exec("/busybox/sh", "-c", `${fill} bs=1M count=${room}; until ${chosen}; do ${fill} bs=64k count=1; done`);
  return { status: await container.ended(), log: await container.log() };
}

test("out of memory, the kernel kills Envoy although the agent is larger; reported, with exit status 137", async () => {
  const ends = [];
  // A busy kernel may kill a second process before the memory of the first is free; then nothing can report it.
  while (ends.length < 3 && !ends.at(-1)?.log.includes("Envoy was killed: out of memory")) ends.push(await exhaustMemory());
  expect(ends.at(-1)).toEqual({ status: 137, log: expect.stringContaining("Envoy was killed: out of memory") });
});

test("a thousand orphans leave no zombie", async () => {
  await using container = await startContainer({ image: IMAGES.debug });
  await container.ready();
  const pid = await container.pid();
  const zombies = () => childrenOf(pid).filter(({ state }) => state === "Z").length;
  process.kill(pid, "SIGSTOP");
  const made = await container.exec("/busybox/sh", "-c", "i=0; while [ $i -lt 1000 ]; do (true &); i=$((i+1)); done");
  expect(made.status).toBe(0);
  await eventually(() => (zombies() === 1_000 ? true : undefined), 60_000);
  process.kill(pid, "SIGCONT");
  await eventually(() => (zombies() === 0 ? true : undefined), 60_000);
  expect(childrenOf(pid).map(({ name }) => name)).toEqual(["envoy"]);
});

const isEnvoy = (pid: number) => readFileSync(`/proc/${pid}/comm`, "utf8") === "envoy\n";

/** Moments of a start, latest first: Envoy is live, Envoy exists, the container exists. */
const MOMENTS: readonly ((container: Container) => Promise<unknown>)[] = [
  (container) => container.live(),
  async (container) => {
    const pid = await container.pid();
    await eventually(() => (isEnvoy(pid) || childrenOf(pid).some((child) => isEnvoy(child.pid)) ? true : undefined));
  },
  () => Promise.resolve(),
];

/** Release 1.6 gets resources only from a control plane, which does not exist here. */
const FROM_FILES = ["listeners", "clusters"].map((name) => [
  name === "listeners" ? "lds_config" : "cds_config",
  { path_config_source: { path: `/etc/envoy/${name}.yaml` }, resource_api_version: "V3" },
]);

describe.each([
  ["attache", IMAGES.attache, [...WORDS, "--hot-restart"]],
  ["attache by the contract of 1.6", IMAGES.attache, ["--profile", "istio-1.6", "proxy", "sidecar", "--adapt-envoy"]],
  ["exec", IMAGES.exec, WORDS],
])("%s", (_, image, args) => {
  test("starts again after a kill at any moment", async () => {
    using directory = writableDirectory();
    using memory = writableDirectory("/dev/shm");
    // A restarted container keeps both: /dev/shm belongs to the pod, and sockets and files are in a volume.
    const options = ["--volume", `${directory.path}:/etc/istio/proxy`, "--volume", `${memory.path}:/dev/shm`];
    const environment = { ISTIO_BOOTSTRAP_OVERRIDE: "/etc/istio/proxy/override.json" };
    writeFileSync(join(directory.path, "override.json"), JSON.stringify({ dynamic_resources: Object.fromEntries(FROM_FILES) }));
    await using container = await startContainer({ image, options, args, environment });
    await container.live();
    const [files, shared] = [readdirSync(directory.path).sort(), readdirSync(memory.path)];
    expect([files.length, shared.length]).toEqual([2, image === IMAGES.exec ? 0 : 1]);
    for (const moment of MOMENTS) {
      await moment(container);
      await container.kill("KILL");
      expect(await container.ended()).toBe(137);
      await container.start();
    }
    await container.live();
    expect(readdirSync(directory.path).sort()).toEqual(files);
    // Existing shared memory may belong to another pod, so it uses another name.
    expect(readdirSync(memory.path)).toEqual(expect.arrayContaining(shared));
    await container.stop(30);
    expect(await container.ended()).toBe(0);
  });
});
