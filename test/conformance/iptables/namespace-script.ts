import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IptablesCase, Step } from "./case.ts";

const FILES: Readonly<Record<string, string>> = {
  "/etc/resolv.conf": "nameserver 10.96.0.10\n",
  "/etc/hosts": "127.0.0.1 localhost\n",
  "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "/etc/group": "root:x:0:\n",
  "/etc/nsswitch.conf": "passwd: files\nhosts: files\n",
};
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Returns the script that sets up the namespaces it runs in, runs the steps of a case, and records what they led to. */
export function namespaceScript(recorded: IptablesCase, root: string, command: readonly string[]): string {
  const interfaces = Object.entries(recorded.interfaces ?? { eth0: ["10.244.0.16/24"] });
  const hasV6 = interfaces.some(([, addresses]) => addresses.some((address) => address.includes(":")));
  const path = `${join(root, "bin")}${recorded.kind === "real" ? `:${SYSTEM_PATH}` : ""}`;
  return [
    "set -e",
    `PATH=${SYSTEM_PATH}`,
    ...(hasV6 ? [] : ["all", "default"].map((scope) => `echo 1 > /proc/sys/net/ipv6/conf/${scope}/disable_ipv6 || true`)),
    "ip link set lo up",
    ...interfaces.flatMap(([name, addresses], at) => interfaceLines(name, `zpeer${at}`, addresses, hasV6)),
    ...fileLines({ ...FILES, ...recorded.files }, root),
    'mount -t tmpfs none "$(readlink -f /run)"',
    "hostname conformance",
    ...(recorded.before ?? []).map((line) => `PATH=${recorded.kind === "real" ? path : SYSTEM_PATH} sh -c ${quoted(line)} >/dev/null 2>&1`),
    `rm -f ${join(root, "bin/calls")}/*`,
    `cd ${join(root, "w")}`,
    ...(recorded.steps ?? [{ args: recorded.args ?? [] }]).map((step, at) => stepLine(step, at, recorded, root, command)),
    ...stateLines(join(root, "rec"), recorded.kind),
    "",
  ].join("\n");
}

function interfaceLines(name: string, peer: string, addresses: readonly string[], hasV6: boolean): readonly string[] {
  return [
    `ip link add ${name} type veth peer name ${peer}`,
    ...(hasV6 ? [name, peer].map((each) => `ip link set dev ${each} addrgenmode none`) : []),
    ...addresses.map((address) => `ip addr add ${address} dev ${name}${address.includes(":") ? " nodad" : ""}`),
    `ip link set dev ${peer} up`,
    `ip link set dev ${name} up`,
  ];
}

function fileLines(files: Readonly<Record<string, string>>, root: string): readonly string[] {
  mkdirSync(join(root, "files"), { recursive: true });
  return Object.entries(files).map(([target, text], at) => {
    const source = join(root, "files", String(at));
    writeFileSync(source, text);
    return `[ ! -e ${target} ] || mount --bind ${source} ${target}`;
  });
}

/** The environment is only that of the case, and PATH only has the programs that it grants. */
function stepLine(step: Step, at: number, recorded: IptablesCase, root: string, command: readonly string[]): string {
  const grown = (text: string) => text.replaceAll("{{CWD}}", join(root, "w"));
  const env = { PATH: join(root, "bin"), ...recorded.env, ...step.env };
  const user = step.uid === undefined || step.uid === 0 ? [] : ["setpriv", `--reuid=${step.uid}`, `--regid=${step.uid}`, "--clear-groups"];
  const words = [
    "env",
    "-i",
    ...Object.entries(env).map(([name, value]) => `${name}=${grown(value)}`),
    ...command,
    ...step.args.map(grown),
  ];
  const to = (name: string) => join(root, "rec", `${at}.${name}`);
  return `status=0; timeout 30 ${[...user, ...words].map(quoted).join(" ")} </dev/null >${to("out")} 2>${to("err")} || status=$?; echo $status >${to("exit")}`;
}

/** What is read after the last step, each into a file of its name. */
function stateLines(folder: string, kind: IptablesCase["kind"]): readonly string[] {
  const read = (name: string, command: string) => `${command} >${folder}/${name} 2>/dev/null || true`;
  return [
    read("rules4", "ip -4 rule"),
    read("rules6", "ip -6 rule"),
    read("routes4", "ip -4 route show table all"),
    read("routes6", "ip -6 route show table all"),
    read("lo6", "ip -6 -o addr show dev lo"),
    ...(kind === "real"
      ? [
          ...["nft", "legacy"].flatMap((set) =>
            ["iptables", "ip6tables"].map((tool) => read(`${tool}-${set}`, `xtables-${set}-multi ${tool}-save`)),
          ),
          read("nft", "nft list ruleset"),
        ]
      : []),
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
