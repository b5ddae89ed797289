import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Case } from "./cases.ts";

/** What the launcher is told: the case with its places filled in, where it lives, and the agent's command line. */
export interface Spec {
  readonly recorded: Case;
  readonly root: string;
  readonly command: readonly string[];
}

if (import.meta.main) launch(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));

/** Runs inside fresh network, mount and host-name namespaces: makes them the machine of the case, then becomes the agent. */
function launch({ recorded, root, command }: Spec): never {
  setUpNetwork(recorded.interfaces ?? { eth0: ["10.244.0.16/24"] });
  mountOver(join(root, "hosts"), "/etc/hosts");
  mountOver(join(root, "resolv.conf"), "/etc/resolv.conf");
  if (existsSync("/sys/class/dmi")) run(["mount", "-t", "tmpfs", "none", "/sys/class/dmi"]);
  if (recorded.rootFiles !== undefined) fillRunDirectory(recorded.rootFiles);
  if (recorded.http !== undefined) serve(root);
  process.chdir(join(root, "w"));
  process.umask(0o022);
  const path = `${join(root, "bin")}:${process.env["PATH"]}`;
  process.execve?.(command[0] ?? "", [...command, ...recorded.args], { PATH: path, ...recorded.env });
  throw new Error("The agent was not started");
}

function setUpNetwork(interfaces: NonNullable<Case["interfaces"]>): void {
  const addresses = Object.values(interfaces).flat();
  if (!addresses.some((address) => address.includes(":")))
    for (const scope of ["all", "default"]) writeFileSync(`/proc/sys/net/ipv6/conf/${scope}/disable_ipv6`, "1");
  const lines = Object.entries(interfaces).flatMap(([name, list], index) => [
    `link add ${name} type veth peer name peer${index}`,
    ...(addresses.some((address) => address.includes(":"))
      ? [`link set dev ${name} addrgenmode none`, `link set dev peer${index} addrgenmode none`]
      : []),
    ...list.map((address) => `addr add ${address} dev ${name}${address.includes(":") ? " nodad" : ""}`),
    `link set dev peer${index} up`,
    `link set dev ${name} up`,
  ]);
  run(["ip", "-batch", "-"], `link set lo up\n${lines.join("\n")}\n`);
  const isRunning = () => !run(["ip", "-o", "link", "show", "type", "veth"]).includes("state LOWERLAYERDOWN");
  for (let tries = 0; !isRunning() && tries < 200; tries++) Bun.sleepSync(5);
}

function mountOver(source: string, target: string): void {
  if (existsSync(target)) run(["mount", "--bind", source, target]);
}

/** Absolute paths of a case lie below /var/run, on a file system of its own. */
function fillRunDirectory(files: NonNullable<Case["rootFiles"]>): void {
  const directory = realpathSync("/var/run");
  run(["mount", "-t", "tmpfs", "none", directory]);
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, relative("/var/run", name));
    mkdirSync(text === null ? path : dirname(path), { recursive: true });
    if (text !== null) writeFileSync(path, text);
  }
}

/** The case's metadata server, a process of its own in the same network; it is up when its file is there. */
function serve(root: string): void {
  Bun.spawn([process.execPath, join(import.meta.dir, "metadata-server.ts"), root], { stdio: ["ignore", "ignore", "inherit"] }).unref();
  for (let tries = 0; !existsSync(join(root, "serving")) && tries < 500; tries++) Bun.sleepSync(5);
}

function run(command: readonly string[], input = ""): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { stdin: Buffer.from(input) });
  if (exitCode !== 0) throw new Error(`LAUNCHER: ${command.join(" ")}: ${stderr}`);
  return stdout.toString();
}
