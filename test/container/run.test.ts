import { beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, cpSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { childrenOf, startContainer, startNeighbour, statusOf, WORDS, writableDirectory } from "./container.ts";
import { buildImages, IMAGES, REPLACED } from "./images.ts";

// Starts and stops the image as in a hardened cluster. None of the images has a /tmp.

beforeAll(buildImages, 1_800_000);

const last = (text: string) => text.split(/\s+/).at(-1);

/** What the kernel grants a container's PID 1. */
function rightsOf(pid: number): Readonly<Record<string, unknown>> {
  const memory = /^\d+:memory:(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1];
  const limit =
    memory === undefined ? `/sys/fs/cgroup${cgroup2Of(pid)}/memory.max` : `/sys/fs/cgroup/memory${memory}/memory.limit_in_bytes`;
  const root = readFileSync(`/proc/${pid}/mountinfo`, "utf8")
    .split("\n")
    .find((line) => line.split(" ")[4] === "/");
  const devices = readFileSync(`/proc/${pid}/net/dev`, "utf8").match(/^\s*[^\s:|]+(?=:)/gm) ?? [];
  const uids = new Set(statusOf(pid, "Uid").split(/\s+/));
  return {
    capabilities: [...new Set(["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((field) => statusOf(pid, field)))],
    devices: devices.map((name) => name.trim()),
    limit: Number(readFileSync(limit, "utf8")),
    newPrivileges: statusOf(pid, "NoNewPrivs") === "0",
    pid: last(statusOf(pid, "NSpid")),
    root: root?.split(" ")[5]?.split(",")[0],
    seccomp: statusOf(pid, "Seccomp"),
    uids: [...uids],
  };
}

function cgroup2Of(pid: number): string {
  return /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1] ?? "";
}

/** The resources of the example, with a line on standard output for every request. */
function loggingResources(): Disposable & { readonly path: string } {
  const directory = writableDirectory();
  cpSync(join(ROOT, "examples/hello"), directory.path, { recursive: true });
  const file = join(directory.path, "listeners.yaml");
  const log = {
    name: "envoy.access_loggers.stdout",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
      log_format: { text_format_source: { inline_string: "asked %REQ(:PATH)%\n" } },
    },
  };
  const text = readFileSync(file, "utf8").replace("stat_prefix: hello\n", `$&              access_log: [${JSON.stringify(log)}]\n`);
  writeFileSync(file, text);
  chmodSync(directory.path, 0o755);
  return directory;
}

const CAREFUL = {
  capabilities: ["0000000000000000"],
  devices: ["lo"],
  limit: 128 * 1024 * 1024,
  newPrivileges: false,
  pid: "1",
  root: "ro",
  seccomp: "2",
  uids: ["1337"],
};

describe.each([
  ["attache", IMAGES.attache],
  ["in place of pilot-agent", REPLACED],
])("%s", (_, image) => {
  test("is live and ready as PID 1 without privileges, and a stop exits with 0 within its plan", async () => {
    await using container = await startContainer({ image });
    await container.ready();
    await container.live();
    expect(rightsOf(await container.pid())).toEqual(CAREFUL);
    const milliseconds = await container.stop(30);
    const log = await container.log();
    expect({ status: await container.ended(), log }).toEqual({ status: 0, log: expect.stringContaining("Epoch 0 exited normally") });
    expect(log).toContain("Stop plan: delay 0 s, drain 1 s, then SIGTERM, SIGKILL 5 s later; grace period 30 s");
    expect(milliseconds).toBeWithin(1_000, 15_000);
  });
});

test("the variant exec is only Envoy, as PID 1 without privileges, and a stop exits with 0", async () => {
  await using container = await startContainer({ image: IMAGES.exec });
  await container.live();
  const pid = await container.pid();
  expect([readlinkSync(`/proc/${pid}/exe`), childrenOf(pid)]).toEqual(["/usr/local/bin/envoy", []]);
  expect(rightsOf(pid)).toEqual(CAREFUL);
  await container.stop(30);
  expect(await container.ended()).toBe(0);
});

test("a stop under load from a container in the same network loses no request", async () => {
  await using container = await startContainer({ image: IMAGES.attache, args: [...WORDS, "--drain", "lossless"] });
  await container.ready();
  await using neighbour = startNeighbour(await container.pid(), "load-client.ts");
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

describe.each([
  ["attache", IMAGES.attache],
  ["exec", IMAGES.exec],
])("%s", (_, image) => {
  test("runs with any uid in group 0, without a home directory", async () => {
    const mount = ["--mount", "type=tmpfs,destination=/etc/istio/proxy,U=true"];
    await using container = await startContainer({ image, options: ["--user", "1000620000:0", "--env", "HOME=", ...mount] });
    await container.live();
    const pid = await container.pid();
    expect([statusOf(pid, "Uid").split(/\s+/)[0], statusOf(pid, "Gid").split(/\s+/)[0]]).toEqual(["1000620000", "0"]);
    await container.stop(30);
    expect(await container.ended()).toBe(0);
  });

  test("a long container log has every line of Envoy and the agent, in order", async () => {
    const requests = 20_000;
    using resources = loggingResources();
    await using container = await startContainer({ image, resources: resources.path });
    await container.live();
    await using neighbour = startNeighbour(await container.pid(), "requests-in-order.ts", String(requests));
    expect(await neighbour.stdout.text()).toBe(`${requests}\n`);
    await container.stop(30);
    expect(await container.ended()).toBe(0);
    const lines = (await container.log()).split("\n");
    const asked = lines.flatMap((line) => /^asked \/(\d+)$/.exec(line)?.[1] ?? []).map(Number);
    if (image === IMAGES.attache) expect(lines.slice(-3).join("\n")).toContain("Epoch 0 exited normally");
    expect(asked).toEqual(Array.from({ length: requests }, (_, index) => index));
  });
});
