import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { childrenOf } from "../container/container.ts";
import { TOOLS } from "../container/engine.ts";
import { istiodProgram } from "../pods/istiod/program.ts";
import { junitTotals, type Totals } from "../support/junit-totals.ts";
import { claimDirectory } from "./claim-directory.ts";
import { place, REDIRECT } from "./components.ts";
import { debianPrograms } from "./debian-programs.ts";
import { kubernetesPrograms } from "./kubernetes-programs.ts";
import { savePodImages } from "./pod-images.ts";
import { step } from "./step.ts";

/**
 * Runs the manifests of examples/kubernetes, and more, in a real cluster of one node. `bun test/kubernetes/run.ts [ARGUMENTS of bun test]`.
 * The cluster runs in separate namespaces (processes, mounts, network), so that it always ends with this program: its
 * networks and mounts are not visible outside, and it cannot reach any address outside.
 */
const NEEDED = [...TOOLS, "ip", "iptables", "nsenter", "openssl", "unshare"] as const;
const ENTER = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--net", "--kill-child=SIGKILL", "--"] as const;
/** The first process of a namespace has to reap orphans. */
const FIRST = ["bash", "-c", '"$@"; exit $?', "bash"] as const;

const started = performance.now();
let stop = () => {};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopAll(signal));
const totals = await run(process.argv.slice(2));
console.log(`\n${((performance.now() - started) / 1000).toFixed(1)} s in all`);
console.log(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ""}`);
process.exit(totals.failed === 0 ? 0 : 1);

async function run(args: readonly string[]): Promise<Totals> {
  try {
    checkMachine();
    await using directory = await claimDirectory();
    await prepare(directory.path);
    return await runInside(directory.path, args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function checkMachine(): void {
  const missing: string[] = NEEDED.filter((tool) => Bun.which(tool) === null);
  if (process.getuid?.() !== 0) missing.push("root's rights");
  if (missing.length > 0) throw new Error(`Cannot run a cluster: missing are ${missing.join(", ")}`);
}

/** Prepares everything that needs the machine's network: the programs of the cluster and of the mesh, and the images. */
async function prepare(directory: string): Promise<void> {
  const debian = await step("Debian's programs", debianPrograms);
  const kubernetes = await step("Kubernetes' programs", kubernetesPrograms);
  const istiod = await step("istiod", istiodProgram);
  for (const name of ["bin", "network-plugins"]) mkdirSync(join(directory, name));
  const link = (from: string, to: string) => {
    for (const name of readdirSync(from)) symlinkSync(join(from, name), join(directory, to, name));
  };
  link(join(debian, "usr/bin"), "bin");
  link(kubernetes, "bin");
  symlinkSync(istiod, join(directory, "bin/istiod"));
  link(join(debian, "usr/lib/cni"), "network-plugins");
  const plugin = `exec ${process.execPath} ${join(import.meta.dir, "redirect-plugin.ts")}`;
  writeFileSync(join(directory, "network-plugins", REDIRECT), `#!/bin/sh\n${plugin}\n`, { mode: 0o755 });
  await step("images", () => savePodImages(place(directory).images, debian));
}

async function runInside(directory: string, args: readonly string[]): Promise<Totals> {
  const report = join(directory, "report.xml");
  const child = Bun.spawn([...ENTER, ...FIRST, process.execPath, join(import.meta.dir, "inside.ts"), report, ...args], {
    env: { ...process.env, ATTACHE_KUBERNETES: directory, PATH: `${join(directory, "bin")}:${process.env["PATH"]}` },
    stdio: ["pipe", "inherit", "inherit"],
  });
  stop = () => void child.stdin.end();
  return junitTotals(report, await child.exited);
}

/** Ends the cluster, so that the rest of this program can finish. */
function stopAll(signal: string): void {
  console.error(`\n${signal}: ending the cluster`);
  stop();
  for (const { pid } of childrenOf(process.pid)) process.kill(pid, "SIGTERM");
}
