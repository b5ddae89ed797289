import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { ROOT } from "../support/subject.ts";
import { place } from "./components.ts";
import { DIRECTORY } from "./kubectl.ts";
import { startCluster } from "./start-cluster.ts";

/**
 * Runs inside the cluster's namespaces, as the only child of their first process: the cluster, then the tests. When this ends,
 * the first process ends, and the kernel kills all others, unmounts and removes the network.
 * When standard input closes, everything ends.
 */
void Bun.stdin.text().then(() => process.exit(130));

const [report = "", ...args] = process.argv.slice(2);
const running = await startCluster(DIRECTORY);
if (args[0] === "hold") await hold();
const files = [...new Glob("test/kubernetes/*.test.ts").scanSync(ROOT)].sort().map((path) => `./${path}`);
const command = [process.execPath, "test", "--timeout", "600000", "--reporter=junit", `--reporter-outfile=${report}`, ...args, ...files];
const tests = Bun.spawn(command, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
const status = await tests.exited;
for (const [name, child] of running) {
  if (child.exitCode === null && child.signalCode === null) continue;
  console.error(`${name} has ended by itself:\n${readFileSync(join(place(DIRECTORY).logs, `${name}.log`), "utf8").slice(-2_000)}`);
}
process.exit(status);

/** Keeps the cluster for manual use until standard input closes. */
async function hold(): Promise<never> {
  console.log(`The cluster stays until Ctrl-C; in another shell:
  nsenter --all --target $(pgrep -f 'inside.ts ${report}' | tail -1) --wd=/ env KUBECONFIG=${place(DIRECTORY).kubeconfig} PATH=${join(DIRECTORY, "bin")}:$PATH bash`);
  return new Promise(() => setInterval(() => {}, 1_000_000));
}
