import { describe, expect, test } from "bun:test";
import { DUAL, INJECTED } from "./arguments.ts";
import { type MachineSetting, makeFail, openMachine, type ProgramSet, type RunOptions } from "./machine.ts";

/** What is missing, and what the message has to name. */
interface Case {
  readonly name: string;
  readonly setting: MachineSetting;
  readonly args?: readonly string[];
  readonly options?: RunOptions;
  readonly named: readonly RegExp[];
}

const IMAGE = /target init of attache's Dockerfile/;
const UNPRIVILEGED: RunOptions = { uid: 1337 };
const NET_ADMIN: RunOptions = { uid: 1000, capabilities: ["net_admin"] };

const CASES: readonly Case[] = [
  ...(
    [
      ["nft", ["nft"]],
      ["plain", ["plain"]],
      ["nft and plain", ["nft", "plain"]],
      ["all", ["legacy", "nft", "plain"]],
    ] satisfies [string, ProgramSet[]][]
  ).map(([name, programs]) => ({ name: `no capability, ${name}`, setting: { programs }, options: UNPRIVILEGED, named: [/NET_ADMIN/] })),
  {
    name: "no capability, native nftables",
    setting: { programs: [] },
    args: ["--native-nftables"],
    options: UNPRIVILEGED,
    named: [/NET_ADMIN/],
  },
  {
    name: "NET_ADMIN alone for the legacy programs",
    setting: { programs: ["legacy"] },
    args: ["--force-iptables-binary", "legacy"],
    options: NET_ADMIN,
    named: [/NET_RAW/],
  },
  { name: "no program", setting: { programs: [] }, named: [/iptables/, IMAGE] },
  { name: "no nft", setting: { programs: [], without: ["nft"] }, args: ["--native-nftables"], named: [/\bnft\b/, IMAGE] },
  {
    name: "no program of IPv6",
    setting: { interfaces: DUAL, programs: ["nft"], without: ["ip6tables-nft-save"] },
    args: ["--dual-stack"],
    named: [/ip6tables/, IMAGE],
  },
  {
    name: "a forced set that is missing",
    setting: { programs: ["nft"] },
    args: ["--force-iptables-binary", "legacy"],
    named: [/iptables-legacy-save/, IMAGE],
  },
];

describe.each(CASES)("$name", ({ setting, args = [], options = {}, named }) => {
  test("the message names it and what helps, and nothing is changed", async () => {
    await using machine = await openMachine(setting);
    const old = await machine.state();
    const { status, out, err } = await machine.agent([...INJECTED, ...args], options);
    expect(status).toBe(1);
    const [message = ""] = `${out}\n${err}`.split("\n").filter((line) => line.includes("\terror\t"));
    for (const each of named) expect(message).toMatch(each);
    expect(await machine.state()).toEqual(old);
  });
});

/** What programs say when a module of the kernel is missing. */
const MODULES: readonly {
  readonly programs: readonly ProgramSet[];
  readonly args: readonly string[];
  readonly call: RegExp;
  readonly said: string;
}[] = [
  {
    programs: ["legacy"],
    args: ["--force-iptables-binary=legacy"],
    call: /-A INPUT -p 255/,
    said: "iptables v1.8.9 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)\nPerhaps iptables or your kernel needs to be upgraded.",
  },
  {
    programs: ["legacy"],
    args: ["--force-iptables-binary=legacy"],
    call: /-restore/,
    said: "iptables-legacy-restore: line 22 failed: No chain/target/match by that name.",
  },
  {
    programs: ["nft"],
    args: [],
    call: /-restore/,
    said: "Warning: Extension owner revision 0 not supported, missing kernel module?\niptables-nft-restore v1.8.9 (nf_tables): \nline 22: RULE_APPEND failed (No such file or directory): rule in chain ISTIO_OUTPUT",
  },
  {
    programs: ["nft"],
    args: [],
    call: /-restore/,
    said: "iptables-nft-restore v1.8.9 (nf_tables): \nline 22: RULE_APPEND failed (No such file or directory): rule in chain ISTIO_REDIRECT",
  },
  {
    programs: [],
    args: ["--native-nftables"],
    call: /^nft -f/,
    said: "/dev/stdin:12:1-60: Error: Could not process rule: No such file or directory\nadd rule inet istio-proxy-nat istio-redirect meta l4proto tcp counter redirect to :15001",
  },
  {
    programs: [],
    args: ["--native-nftables"],
    call: /^nft --check/,
    said: "netlink: Error: cache initialization failed: Protocol not supported",
  },
];

describe.each(MODULES)("$said", ({ programs, args, call, said }) => {
  test("is a module that is missing on the node", async () => {
    await using machine = await openMachine({ programs, isWatched: true });
    await makeFail(machine, { pattern: call, how: "status", says: said });
    const { status, out } = await machine.agent([...INJECTED, ...args]);
    expect(status).toBe(1);
    expect(out.split("\n").findLast((line) => line.includes("\terror\t"))).toMatch(/a module of the node's kernel is missing/);
  });
});

describe.each(["10.244.0.16/24", "fd00:10:244::16/64"])("validation with the address %s", (address) => {
  const validation = (timeout: string) => [...INJECTED, "--run-validation", "--skip-rule-apply", "--probe-timeout", timeout];

  test("passes as the proxy's user, without capabilities and programs, once another run has made the rules", async () => {
    await using machine = await openMachine({ interfaces: { eth0: [address] } });
    expect(await machine.agent(validation("1s"), UNPRIVILEGED)).toMatchObject({ status: 126 });
    expect(await machine.agent(INJECTED)).toMatchObject({ status: 0 });
    expect(await machine.agent(validation("60s"), UNPRIVILEGED)).toMatchObject({ status: 0 });
    await machine.sh("rm /run/bin/*");
    expect(await machine.agent(validation("60s"), UNPRIVILEGED)).toMatchObject({ status: 0 });
  });
});
