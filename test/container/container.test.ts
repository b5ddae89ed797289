import { beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, cpSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../envoy/support.ts";
import { at, documentsOf, list, MANIFESTS, ofKind, texts } from "../examples/manifests.ts";
import { ROOT } from "../support/subject.ts";
import { childrenOf, startContainer, statusOf, WORDS, writableDirectory } from "./container.ts";
import { succeed } from "./engine.ts";
import { buildImages, IMAGES, REPLACED } from "./images.ts";

// The image as a cluster runs it: started, stopped, killed. Ready is what the README's `wait` says.

beforeAll(buildImages, 600_000);

const envoyOf = (pid: number) => childrenOf(pid).find(({ name }) => name === "envoy")?.pid ?? 0;

describe.each([
  ["attache", IMAGES.attache],
  ["in place of pilot-agent", REPLACED],
])("%s", (_, image) => {
  test("is live and ready as PID 1 without any privilege, and a stop ends with 0 inside its plan", async () => {
    await using container = await startContainer({ image });
    await container.ready();
    const pid = await container.pid();
    const fields = ["Uid", "CapEff", "CapBnd", "NoNewPrivs", "NSpid"].map((field) => statusOf(pid, field).split(/\s+/).at(-1));
    expect(fields).toEqual(["1337", "0000000000000000", "0000000000000000", "1", "1"]);
    const { out } = await container.exec("/usr/local/bin/pilot-agent", "request", "GET", "ready");
    expect(out.trim()).toBe("LIVE");
    const milliseconds = await container.stop(30);
    const log = await container.log();
    expect({ status: await container.ended(), log }).toEqual({ status: 0, log: expect.stringContaining("Epoch 0 exited normally") });
    expect(log).toContain("Stop plan: delay 0 s, drain 1 s, then SIGTERM, SIGKILL 5 s later; 30 s of grace");
    expect(milliseconds).toBeWithin(1_000, 15_000);
  });
});

test("a stop under load from a neighbour in the same network loses no request", async () => {
  using resources = writableDirectory();
  cpSync(join(ROOT, "examples/hello"), resources.path, { recursive: true });
  const file = join(resources.path, "listeners.yaml");
  // A sidecar drains what is inbound; the example does not say what it is.
  writeFileSync(file, readFileSync(file, "utf8").replace("    name: hello\n", "    name: hello\n    traffic_direction: INBOUND\n"));
  chmodSync(resources.path, 0o755);
  await using container = await startContainer({
    image: IMAGES.attache,
    words: [...WORDS, "--drain", "lossless"],
    resources: resources.path,
  });
  await container.ready();
  const client = join(import.meta.dir, "load-client.ts");
  const words = ["nsenter", "--target", String(await container.pid()), "--net", process.execPath, client];
  await using neighbour = Bun.spawn(words, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = neighbour.stdout.pipeThrough(new TextDecoderStream()).getReader();
  expect((await lines.read()).value).toBe("loaded\n");
  neighbour.stdin.write("term\n");
  neighbour.stdin.end();
  await container.stop(30);
  expect(await container.ended()).toBe(0);
  const report = JSON.parse((await lines.read()).value ?? "{}");
  expect(report).toMatchObject({ failed: 0, failures: { refused: 0, reset: 0, cut: 0, timeout: 0, status: 0 } });
  expect(report.ok).toBeGreaterThan(100);
  expect(report.closedInOrder).toBeGreaterThanOrEqual(20);
});

test("Envoy's crash is the container's status", async () => {
  await using container = await startContainer({ image: IMAGES.attache });
  await container.ready();
  process.kill(envoyOf(await container.pid()), "SIGSEGV");
  expect(await container.ended()).toBe(139);
  expect(await container.log()).toContain("SIGSEGV");
});

test("an out-of-memory kill of Envoy is named, and is status 137", async () => {
  await using container = await startContainer({ image: IMAGES.debug, memory: "64m" });
  await container.ready();
  const envoy = envoyOf(await container.pid());
  // The kernel shall give up Envoy, and should that not do, the shell, not the agent.
  writeFileSync(`/proc/${envoy}/oom_score_adj`, "1000");
  // Files in memory count against the limit: only a process can be given up for them. Filled until Envoy has no memory left.
  const there = `/busybox/busybox grep -q . /proc/${statusOf(envoy, "NSpid").split(/\s+/).at(-1)}/maps`;
  const fill = "/busybox/busybox dd if=/dev/zero bs=256k count=1 2>/dev/null >>/etc/istio/proxy/fill";
  await container.exec("/busybox/sh", "-c", `echo 1000 >/proc/self/oom_score_adj; while ${there}; do ${fill}; done`);
  expect(await container.ended()).toBe(137);
  expect(await container.log()).toContain("Envoy was killed for lack of memory");
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

test("the container killed and started again finds nothing in its way", async () => {
  using directory = writableDirectory();
  const options = ["--volume", `${directory.path}:/etc/istio/proxy`, "--mount", "type=tmpfs,destination=/dev/shm,U=true"];
  await using container = await startContainer({ image: IMAGES.attache, options, words: [...WORDS, "--hot-restart"] });
  await container.ready();
  const before = readdirSync(directory.path).sort();
  expect(before.length).toBeGreaterThan(0);
  await container.kill("KILL");
  expect(await container.ended()).toBe(137);
  expect(readdirSync(directory.path).sort()).toEqual(before);
  await container.start();
  await container.ready();
  expect(readdirSync(directory.path).sort()).toEqual(before);
  await container.stop(30);
  expect(await container.ended()).toBe(0);
});

test("any uid will do, without a home or /tmp", async () => {
  const mount = ["--mount", "type=tmpfs,destination=/etc/istio/proxy,U=true"];
  await using container = await startContainer({ image: IMAGES.attache, options: ["--user", "1000620000:0", "--env", "HOME=", ...mount] });
  await container.ready();
  expect(statusOf(await container.pid(), "Uid").split(/\s+/)[0]).toBe("1000620000");
  await container.stop(30);
  expect(await container.ended()).toBe(0);
});

test("the variant exec is Envoy and nothing else", async () => {
  await using container = await startContainer({ image: IMAGES.exec });
  const pid = await container.pid();
  await eventually(() => (readlinkSync(`/proc/${pid}/exe`) === "/usr/local/bin/envoy" ? true : undefined), 30_000);
  await eventually(async () =>
    (await container.exec("/usr/local/bin/attache", "request", "GET", "ready")).out.trim() === "LIVE" ? true : undefined,
  );
  expect([statusOf(pid, "NSpid").split(/\s+/).at(-1), childrenOf(pid)]).toEqual(["1", []]);
  await container.stop(30);
  expect(await container.ended()).toBe(0);
});

describe.each([...MANIFESTS])("the proxy of examples/kubernetes/%s.yaml", (name) => {
  test("becomes ready with the manifest's words, variables, resources and limit, and stops inside its grace period", async () => {
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
      words: texts(at(proxy, "args")),
      environment: Object.fromEntries(given.map(({ name: variable, value }) => [String(variable), String(value)])),
      resources: resources.path,
      memory: String(at(proxy, "resources", "limits", "memory")).replace("Mi", "m"),
    });
    await container.ready();
    await container.stop(Number(at(pod, "terminationGracePeriodSeconds")));
    expect(await container.ended()).toBe(0);
  });
});

test("the image has proxyv2's layout, owners and environment", async () => {
  const [config] = JSON.parse(await succeed("podman", "image", "inspect", IMAGES.attache));
  expect(config.Config).toMatchObject({ User: "1337:1337", Entrypoint: ["/usr/local/bin/attache"], WorkingDir: "/" });
  expect(config.Config.Env).toContain("ISTIO_META_ISTIO_VERSION=1.30.3");
  expect(Object.keys(config.Config.Labels)).toContain("org.opencontainers.image.version");
  await using container = await startContainer({ image: IMAGES.debug });
  const paths = ["/etc", "/etc/istio", "/etc/istio/proxy", "/var", "/var/lib/istio", "/var/lib/istio/data", "/usr/local/bin/envoy"];
  const { out } = await container.exec("/busybox/busybox", "stat", "-c", "%n %u %a", ...paths);
  expect(out.trim().split("\n")).toEqual([
    "/etc 0 755",
    "/etc/istio 0 755",
    expect.stringMatching(/^\/etc\/istio\/proxy 1337 /),
    "/var 0 755",
    "/var/lib/istio 0 755",
    "/var/lib/istio/data 1337 755",
    "/usr/local/bin/envoy 0 755",
  ]);
  const link = await container.exec("/busybox/busybox", "readlink", "/usr/local/bin/pilot-agent");
  expect(link.out.trim()).toBe("attache");
});
