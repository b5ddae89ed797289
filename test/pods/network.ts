import { writeFileSync } from "node:fs";

/** The address of the test: its servers listen there, and pods reach nothing else. */
export const HOST = "10.77.0.1";
const BRIDGE = "pods";
/** The last numbers of addresses: the sidecar whose workload calls the service, that of the service, and the gateway. */
export const CLIENT = 11;
export const SERVER = 12;
export const INGRESS = 20;
/** The name of the control plane. */
export const ISTIOD = "istiod.istio-system.svc";
/** Names of the service for those who call it through the sidecar, and through the gateway. */
export const BY_SIDECAR = "server.default.svc.cluster.local";
export const BY_GATEWAY = "mesh.lab";

/** Runs a program to its end. @throws Error with what it has printed */
export async function must(...command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}: ${err.trim() || out.trim()}`);
  return out;
}

const address = (last: number) => `10.77.0.${last}`;

let opened: Promise<void> | undefined;

/** Opens the network of the pods, once. @throws Error outside namespaces of its own */
export function openNetwork(): Promise<void> {
  opened ??= open();
  return opened;
}

async function open(): Promise<void> {
  if (process.env["ATTACHE_PODS"] === undefined) throw new Error("Run these tests in namespaces of their own: npm run test:mesh -- FILE");
  await must("ip", "link", "add", BRIDGE, "type", "bridge");
  await must("ip", "address", "add", `${HOST}/24`, "dev", BRIDGE);
  await must("ip", "link", "set", BRIDGE, "up");
  // What is below /run goes with the namespace of mounts.
  const hosts = "/run/hosts";
  const names = {
    "127.0.0.1": "localhost",
    [HOST]: `${ISTIOD} ${ISTIOD}.`,
    [address(CLIENT)]: BY_SIDECAR,
    [address(INGRESS)]: BY_GATEWAY,
  };
  writeFileSync(
    hosts,
    Object.entries(names)
      .map((line) => `${line.join(" ")}\n`)
      .join(""),
  );
  await must("mount", "--bind", hosts, "/etc/hosts");
}

let bound = 0;

/** Returns the path of a program that every user can run, wherever it is. */
export async function forEveryUser(program: string): Promise<string> {
  const path = `/run/program${++bound}`;
  writeFileSync(path, "");
  await must("mount", "--bind", program, path);
  return path;
}

/** A network namespace with one address, removed at the end of the scope. */
export interface PodNetwork extends AsyncDisposable {
  readonly address: string;
  /** What a command is started with to run in it, with shared memory of its own. */
  readonly enter: readonly string[];
}

let count = 0;

/** Adds the network of a pod. */
export async function addPodNetwork(last: number): Promise<PodNetwork> {
  await openNetwork();
  const name = `pod${++count}`;
  const own = address(last);
  const inside = (...command: readonly string[]) => must("ip", "-n", name, ...command);
  await must("ip", "netns", "add", name);
  await must("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
  await must("ip", "link", "set", name, "master", BRIDGE, "up");
  await inside("address", "add", `${own}/24`, "dev", "eth0");
  await inside("link", "set", "lo", "up");
  await inside("link", "set", "eth0", "up");
  await inside("route", "add", "default", "via", HOST);
  return {
    address: own,
    enter: ["ip", "netns", "exec", name, "sh", "-c", 'mount -t tmpfs tmpfs /dev/shm; exec "$@"', "sh"],
    async [Symbol.asyncDispose]() {
      // A namespace goes some time after its last process; the link must not wait for that.
      await must("ip", "link", "delete", name);
      await must("ip", "netns", "delete", name);
    },
  };
}
