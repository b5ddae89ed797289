import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { workerCount } from "../../src/envoy/worker-count.ts";
import { reasonOf } from "../../src/host/files/read-file.ts";
import { controllerCgroup } from "../../src/linux/cgroup.ts";
import { CPU_FILES } from "../../src/linux/cpu-quota.ts";
import { BINARY } from "../support/subject.ts";
import { startProxy } from "./proxy.ts";

test.each([
  [8, undefined, undefined, 8],
  [8, 2, undefined, 2],
  [1, 2, undefined, 1],
  [8, 2, "FALSE", 8],
  [8, 2, "0", 2],
])("of %p CPUs and a quota of %p, with detection %p, Envoy runs %p workers", (cpus, quota, detection, count) => {
  expect(workerCount(cpus, quota, detection)).toBe(count);
});

/** Creates a CPU cgroup with one CPU, or returns why that is not possible. */
function newCpuCgroup(): { readonly wrap: readonly string[]; readonly remove: () => void } | string {
  const found = controllerCgroup("cpu", readFileSync("/proc/self/cgroup", "utf8"), readFileSync("/proc/self/mountinfo", "utf8"));
  const directory = `${found?.directories[0]}/attache-test-cpu-${process.pid}`;
  try {
    mkdirSync(directory);
    const [file = ""] = CPU_FILES[found?.version ?? 2];
    writeFileSync(`${directory}/${file}`, found?.version === 1 ? "100000" : "100000 100000");
    return { wrap: ["sh", "-c", `echo $$ > '${directory}/cgroup.procs' && exec "$@"`, "sh"], remove: () => rmdirSync(directory) };
  } catch (error) {
    return reasonOf(error);
  }
}

const cgroup = newCpuCgroup();
if (typeof cgroup === "string") console.warn(`No CPU quota can be tried here: ${cgroup}`);

/** Arguments before a start that give Envoy another number of CPUs. */
const AROUND: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["everything it may have", []],
  ["one CPU by affinity", ["taskset", "-c", "0"]],
  ...(typeof cgroup === "string" ? [] : [["a quota of one CPU", cgroup.wrap] as const]),
];

describe("without --concurrency, the number of workers of a real Envoy is logged", () => {
  test.each(AROUND)("with %s", async (_, args) => {
    await using proxy = await startProxy({ name: "binary", command: [...args, ...BINARY.command] });
    await proxy.live();
    const answer = await fetch(`${proxy.admin}/stats?filter=^server.concurrency$`);
    const [, count] = /^server\.concurrency: (\d+)$/m.exec(await answer.text()) ?? [];
    await proxy.saying("Envoy runs ");
    expect(/Envoy runs (\d+) workers?, one per available CPU/.exec(proxy.said())?.[1]).toBe(count);
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).status).toBe(0);
  });

  test("with --concurrency nothing is logged", async () => {
    await using proxy = await startProxy(BINARY, { proxyConfig: { concurrency: 1 } });
    await proxy.live();
    proxy.process.kill("SIGTERM");
    await proxy.ended();
    expect(proxy.said()).not.toContain("Envoy runs ");
    if (typeof cgroup !== "string") cgroup.remove();
  });
});
