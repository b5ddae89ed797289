import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { makeCgroups } from "./cgroups.ts";
import { BRIDGE, type Component, componentsOf, NODE, NODE_ADDRESS, place, settingsOf } from "./components.ts";
import { kubectl, tryKubectl } from "./kubectl.ts";
import { step } from "./step.ts";

/** More than ten times what an idle machine needs. */
const LIMIT = 180_000;

/**
 * Starts the cluster in its own namespaces, see `run.ts`: the network has only what is created here.
 * @returns the programs started, by name
 * @throws Error with the end of the log of a component that has ended
 */
export async function startCluster(directory: string): Promise<ReadonlyMap<string, Bun.Subprocess>> {
  await prepare(directory);
  const running = new Map<string, Bun.Subprocess>();
  const begin = (component: Component) => running.set(component.name, start(component, directory));
  const until = (what: string, look: () => Promise<boolean>) =>
    step(what, () => Promise.race([eventually(async () => ((await look()) ? true : undefined), LIMIT), firstEnd(running, directory)]));
  const components = componentsOf(directory);
  const early = components.filter(({ name }) => ["etcd", "containerd", "kube-apiserver"].includes(name));
  for (const component of early) begin(component);
  await until("containerd answers", async () => (await ctr(directory, "version")) === 0);
  const images = step("images loaded", async () => {
    const status = await ctr(directory, "--namespace", "k8s.io", "images", "import", "--no-unpack=false", place(directory).images);
    if (status !== 0) throw new Error(`Cannot load the images: ctr exits with ${status}`);
  });
  await until("API server ready", async () => (await tryKubectl(["get", "--raw", "/readyz"])).status === 0);
  for (const component of components) if (!early.includes(component)) begin(component);
  await until("node ready", async () => (await nodeState()) === "True");
  await until("default account made", async () => (await tryKubectl(["get", "serviceaccount", "default"])).status === 0);
  await images;
  return running;
}

async function nodeState(): Promise<string> {
  return kubectl("get", "node", NODE, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}');
}

async function prepare(directory: string): Promise<void> {
  makeCgroups();
  const token = crypto.randomUUID();
  for (const [name, text] of Object.entries(settingsOf(directory, token))) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text, { mode: 0o600 });
  }
  for (const name of ["logs", "plugins", "var-lib/upper", "var-lib/work"]) mkdirSync(join(directory, name), { recursive: true });
  await must("openssl", "genrsa", "-out", join(directory, "account.key"), "2048");
  // Files at fixed paths are removed with this namespace.
  for (const path of ["/run", "/var/log"]) await must("mount", "-t", "tmpfs", "tmpfs", path);
  const layers = `lowerdir=/var/lib,upperdir=${join(directory, "var-lib/upper")},workdir=${join(directory, "var-lib/work")}`;
  await must("mount", "-t", "overlay", "overlay", "-o", layers, "/var/lib");
  await must("ip", "link", "set", "lo", "up");
  await must("ip", "link", "add", BRIDGE, "type", "bridge");
  await must("ip", "address", "add", `${NODE_ADDRESS}/24`, "dev", BRIDGE);
  await must("ip", "link", "set", BRIDGE, "up");
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
}

async function must(...command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "ignore", "pipe"] });
  const err = await child.stderr.text();
  if ((await child.exited) !== 0) throw new Error(`Cannot prepare the node: ${command.join(" ")}: ${err.trim()}`);
}

function start({ name, command }: Component, directory: string): Bun.Subprocess {
  const log = openSync(join(place(directory).logs, `${name}.log`), "a");
  return Bun.spawn([...command], { cwd: directory, stdio: ["ignore", log, log] });
}

async function ctr(directory: string, ...command: readonly string[]): Promise<number> {
  return Bun.spawn(["ctr", "--address", place(directory).containerd, ...command], { stdio: ["ignore", "ignore", "ignore"] }).exited;
}

/** Rejects when a component exits. */
async function firstEnd(running: ReadonlyMap<string, Bun.Subprocess>, directory: string): Promise<never> {
  const ended = await Promise.race([...running].map(async ([name, child]) => ({ name, status: await child.exited })));
  const log = readFileSync(join(place(directory).logs, `${ended.name}.log`), "utf8");
  throw new Error(`${ended.name} exits with ${ended.status}:\n${log.slice(-3_000)}`);
}
