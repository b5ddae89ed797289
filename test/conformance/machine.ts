import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Case } from "./cases.ts";

/** Makes the fresh namespaces this process runs in the machine of a case: its interfaces, the names in `root`'s files, its firmware. */
export function makeMachine(interfaces: Case["interfaces"], root: string, dmi: Readonly<Record<string, string>> = {}): void {
  setUpNetwork(interfaces ?? { eth0: ["10.244.0.16/24"] });
  mountOver(join(root, "hosts"), "/etc/hosts");
  mountOver(join(root, "resolv.conf"), "/etc/resolv.conf");
  setUpFirmware(Object.entries(dmi));
}

/** Creates the firmware directory with the files of the case; none without files. */
function setUpFirmware(texts: readonly (readonly [name: string, text: string])[]): void {
  const folder = "/sys/class/dmi";
  if (existsSync(folder)) runOrFail(["mount", "-t", "tmpfs", "none", folder]);
  else if (texts.length > 0) runOrFail(["mount", "-t", "tmpfs", "none", dirname(folder)]);
  if (texts.length > 0) mkdirSync(join(folder, "id"), { recursive: true });
  for (const [name, text] of texts) writeFileSync(join(folder, "id", name), text);
}

/** Writes the files that `makeMachine` mounts: the host names of the case, and a resolver without name servers. */
export function writeNames({ hosts, interfaces }: Pick<Case, "hosts" | "interfaces">, root: string): void {
  const own = hasIpv6(interfaces ?? {}) ? ["::1 localhost\n"] : [];
  const lines = Object.entries(hosts ?? {}).flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}\n`));
  writeFileSync(join(root, "hosts"), `127.0.0.1 localhost\n${[...own, ...lines].join("")}`);
  writeFileSync(join(root, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
}

function hasIpv6(interfaces: NonNullable<Case["interfaces"]>): boolean {
  return Object.values(interfaces).some((addresses) => addresses.some((address) => address.includes(":")));
}

function setUpNetwork(interfaces: NonNullable<Case["interfaces"]>): void {
  const withIpv6 = hasIpv6(interfaces);
  if (!withIpv6) for (const scope of ["all", "default"]) writeFileSync(`/proc/sys/net/ipv6/conf/${scope}/disable_ipv6`, "1");
  const lines = Object.entries(interfaces).flatMap(([name, list], index) => [
    `link add ${name} type veth peer name peer${index}`,
    ...(withIpv6 ? [`link set dev ${name} addrgenmode none`, `link set dev peer${index} addrgenmode none`] : []),
    ...list.map((address) => `addr add ${address} dev ${name}${address.includes(":") ? " nodad" : ""}`),
    `link set dev peer${index} up`,
    `link set dev ${name} up`,
  ]);
  runOrFail(["ip", "-batch", "-"], `link set lo up\n${lines.join("\n")}\n`);
  const isRunning = () => !runOrFail(["ip", "-o", "link", "show", "type", "veth"]).includes("state LOWERLAYERDOWN");
  for (let tries = 0; !isRunning() && tries < 200; tries++) Bun.sleepSync(5);
}

function mountOver(source: string, target: string): void {
  if (existsSync(target)) runOrFail(["mount", "--bind", source, target]);
}

/** Runs a program of the set-up and returns its output. @throws Error that marks a failed set-up */
export function runOrFail(command: readonly string[], input = ""): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { stdin: Buffer.from(input) });
  if (exitCode !== 0) throw new Error(`LAUNCHER: ${command.join(" ")}: ${stderr}`);
  return stdout.toString();
}
