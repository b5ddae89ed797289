import { readdirSync, readlinkSync } from "node:fs";
import { readState, type State } from "./read-state.ts";
import { REDIRECTING } from "./subject.ts";

/** Programs that these tests need, from the Debian packages iproute2, iptables, nftables and util-linux. */
export const TOOLS = ["ip", "xtables-nft-multi", "xtables-legacy-multi", "nft", "nsenter", "setpriv", "unshare"] as const;

/** A set of programs: both families, each with `-save` and `-restore`; `plain` has the names without a suffix, of the nft variant. */
export type ProgramSet = "nft" | "legacy" | "plain";

/** What differs between machines. */
export interface MachineSetting {
  /** Addresses by the name of the interface; IPv6 is off unless one is IPv6. */
  readonly interfaces?: Readonly<Record<string, readonly string[]>>;
  /** The sets on PATH. */
  readonly programs?: readonly ProgramSet[];
  /** Names that are not on PATH, of those that would be there. */
  readonly without?: readonly string[];
  /** Texts by the paths that they are mounted over. */
  readonly files?: Readonly<Record<string, string>>;
  /** The program that all of iptables on PATH are, instead of the real ones. */
  readonly stub?: string;
  /** Whether programs on PATH note their calls, and fail when they are to. */
  readonly isWatched?: boolean;
}

/** How a program runs. */
export interface RunOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Capabilities that a user other than root keeps. */
  readonly capabilities?: readonly string[];
}

/** What a program has left. */
export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Network and mount namespaces of its own, which end with the scope. */
export interface Machine extends AsyncDisposable {
  readonly pid: number;
  /** What a command is started with to run in it. */
  readonly enter: readonly string[];
  /** Runs a shell's text with the real programs. @throws Error when it fails */
  readonly sh: (script: string) => Promise<string>;
  readonly start: (command: readonly string[], options?: RunOptions) => Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly run: (command: readonly string[], options?: RunOptions) => Promise<Ended>;
  /** Runs a program whose PATH has only the programs of the setting. */
  readonly runGranted: (command: readonly string[], options?: RunOptions) => Promise<Ended>;
  /** Runs the agent, whose PATH has only the programs of the setting. */
  readonly agent: (args: readonly string[], options?: RunOptions) => Promise<Ended>;
  /** Starts the agent, and does not wait. */
  readonly startAgent: (args: readonly string[], options?: RunOptions) => Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly state: () => Promise<State>;
}

/** A resolver of the pod's network, and users as in a proxy's image. */
const FILES: Readonly<Record<string, string>> = {
  "/etc/resolv.conf": "nameserver 10.96.0.10\n",
  "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "/etc/group": "root:x:0:\n",
  "/etc/hosts": "127.0.0.1 localhost\n",
};

const SUFFIX = { nft: "-nft", legacy: "-legacy", plain: "" } as const;
const MULTI = { nft: "xtables-nft-multi", legacy: "xtables-legacy-multi", plain: "xtables-nft-multi" } as const;
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Directories of a machine; what is below /run goes with its mount namespace. */
const BIN = "/run/bin";
const CALLS = "/run/calls";

/** Opens a machine. */
export async function openMachine(setting: MachineSetting = {}): Promise<Machine> {
  const holder = Bun.spawn(["unshare", "--net", "--mount", "sh", "-c", `set -e\n${setUp(setting)}\necho ready; exec cat`], {
    env: { PATH: SYSTEM_PATH },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const { value } = await holder.stdout.getReader().read();
  if (value === undefined) throw new Error(`Cannot open a machine: ${await holder.stderr.text()}`);
  const enter = ["nsenter", "--target", String(holder.pid), "--net", "--mount", "--"];
  const start = (command: readonly string[], options: RunOptions = {}, path = SYSTEM_PATH) => {
    const { uid = 0, gid = uid, env = {}, capabilities = [] } = options;
    const kept = capabilities.map((each) => `+${each}`).join(",");
    const caps = kept === "" ? [] : ["--inh-caps", kept, "--ambient-caps", kept];
    const ids = ["--reuid", String(uid), "--regid", String(gid), "--clear-groups"];
    const user = uid === 0 && gid === 0 ? [] : ["setpriv", ...ids, ...caps, "--"];
    const own = ["env", "-i", `PATH=${path}`, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    return Bun.spawn([...enter, ...user, ...own, ...command], { env: { PATH: SYSTEM_PATH }, stdio: ["pipe", "pipe", "pipe"] });
  };
  const run = (command: readonly string[], options: RunOptions = {}, path?: string) => ended(start(command, options, path), options.input);
  const agentCommand = (args: readonly string[]) => ["/run/agent", ...args];
  const machine: Machine = {
    pid: holder.pid,
    enter,
    start: (command, options) => start(command, options),
    run: (command, options) => run(command, options),
    runGranted: (command, options) => run(command, options, BIN),
    agent: (args, options) => run(agentCommand(args), options, BIN),
    startAgent: (args, options) => start(agentCommand(args), options, BIN),
    async sh(script) {
      const { status, out, err } = await run(["sh", "-ec", script]);
      if (status !== 0) throw new Error(`${script}: exit status ${status}: ${err}`);
      return out;
    },
    state: () => readState(run),
    async [Symbol.asyncDispose]() {
      endAllIn(readlinkSync(`/proc/${holder.pid}/ns/net`));
      await holder.exited;
    },
  };
  return machine;
}

/** Ends the processes of a network, which are those of a machine. */
function endAllIn(network: string): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) === network) process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
}

async function ended(child: Bun.Subprocess<"pipe", "pipe", "pipe">, input = ""): Promise<Ended> {
  child.stdin.write(input);
  child.stdin.end();
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, err };
}

/** Returns the commands that make namespaces into a machine. */
function setUp({ interfaces = { eth0: ["10.244.0.16/24"] }, files = {}, isWatched = false, ...setting }: MachineSetting): string {
  const isIpv6 = Object.values(interfaces).flat().some(hasColon);
  const lines = ["mount -t tmpfs -o mode=755 tmpfs /run", `mkdir -p ${BIN} /run/files /run/real`, `: >${CALLS}; chmod 666 ${CALLS}`];
  if (!isIpv6) lines.push("for each in all default; do echo 1 >/proc/sys/net/ipv6/conf/$each/disable_ipv6; done");
  lines.push("ip link set lo up");
  Object.entries(interfaces).forEach(([name, addresses], index) => {
    lines.push(`ip link add ${name} type veth peer name peer${index}`);
    if (isIpv6) lines.push(...[name, `peer${index}`].map((each) => `ip link set dev ${each} addrgenmode none`));
    lines.push(...addresses.map((each) => `ip address add ${each} dev ${name}${hasColon(each) ? " nodad" : ""}`));
    lines.push(`ip link set peer${index} up`, `ip link set ${name} up`);
  });
  Object.entries({ ...FILES, ...files }).forEach(([path, text], index) => {
    lines.push(`printf %s ${quoted(text)} >/run/files/${index}; mount --bind /run/files/${index} ${path}`);
  });
  lines.push(`: >/run/agent; mount --bind ${quoted(REDIRECTING)} /run/agent`);
  for (const [name, target] of programsOf(setting)) {
    lines.push(`ln -s "$(command -v ${quoted(target)})" /run/real/${name}`);
    lines.push(
      isWatched ? `printf %s ${quoted(watched(name))} >${BIN}/${name}; chmod 755 ${BIN}/${name}` : `ln -s /run/real/${name} ${BIN}/${name}`,
    );
  }
  return lines.join("\n");
}

/** Returns the programs on PATH: the name and the program that it is a link to. */
function programsOf({ programs = ["nft"], without = [], stub }: MachineSetting): readonly (readonly [string, string])[] {
  const names = programs.flatMap((set) =>
    ["iptables", "ip6tables"].flatMap((stem) =>
      ["", "-save", "-restore"].map((tail) => [`${stem}${SUFFIX[set]}${tail}`, stub ?? MULTI[set]] as const),
    ),
  );
  return [...names, ["ip", "ip"] as const, ["nft", "nft"] as const].filter(([name]) => !without.includes(name));
}

/** The file that makes calls of programs fail. */
const FAILURE = "/run/failure";

/** A call that fails, and how; on a machine that is watched. */
export interface CallFailure {
  /** A call with its arguments: of those that are equal, one fails. */
  readonly call?: string;
  /** From 1. */
  readonly occurrence?: number;
  /** All calls fail that match it. */
  readonly pattern?: RegExp;
  /** It says something and ends with status 1, is killed by a signal, does not end, or waits for `letGo`. */
  readonly how: "status" | "killed" | "hangs" | "waits";
  readonly says?: string;
}

/** Makes a call fail from now on. */
export async function makeFail(
  machine: Machine,
  { call, occurrence = 0, pattern, how, says = "it fails on purpose" }: CallFailure,
): Promise<void> {
  await machine.run(["tee", FAILURE], { input: `${occurrence} ${how}\n${pattern?.source ?? call ?? ""}\n${says}\n` });
}

/** Lets a call that waits do its work. */
export async function letGo(machine: Machine): Promise<void> {
  await machine.sh(`rm -f ${FAILURE}`);
}

/** Returns the calls of programs so far. */
export async function callsOf(machine: Machine): Promise<readonly string[]> {
  return (await machine.sh(`cat ${CALLS}`)).trimEnd().split("\n");
}

/** Returns the calls of programs since a machine was opened or this was called, and forgets them. */
export async function takeCalls(machine: Machine): Promise<readonly string[]> {
  const calls = (await machine.sh(`cat ${CALLS}; : >${CALLS}; rm -f ${FAILURE}`)).trimEnd();
  return calls === "" ? [] : calls.split("\n");
}

/** Returns a program that notes its call and then is the real one, unless this call is to fail. */
function watched(name: string): string {
  return `#!/bin/sh
PATH=${SYSTEM_PATH}
call="${name} $*"
printf '%s\\n' "$call" >>${CALLS}
if [ -f ${FAILURE} ]; then
  { read -r occurrence how; read -r wanted; says=$(cat); } <${FAILURE}
  if [ "$occurrence" = 0 ]; then printf '%s' "$call" | grep -qE -- "$wanted" || how=not
  else { [ "$call" = "$wanted" ] && [ "$(grep -cxF -- "$call" ${CALLS})" = "$occurrence" ]; } || how=not
  fi
  case $how in
    status) printf '%s\\n' "$says" >&2; exit 1 ;;
    killed) kill -KILL $$ ;;
    hangs) exec sleep 1000 ;;
    waits) while [ -f ${FAILURE} ]; do sleep 0.02; done ;;
  esac
fi
# The name decides what these programs do.
exec /run/real/${name} "$@"
`;
}

function hasColon(text: string): boolean {
  return text.includes(":");
}

/** Returns a text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
