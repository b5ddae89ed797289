import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { IptablesCase, Step } from "../conformance/iptables/case.ts";
import { runIptablesCase } from "../conformance/iptables/run-case.ts";
import { BINARY } from "../support/subject.ts";

/*
 * What no recorded case has: attache's own flags, and failures of the programs, with the kernel's own tables in namespaces of their own.
 */
if (!existsSync(BINARY.command[0] ?? "")) throw new Error("There is no dist/attache: npm run build makes it");

const FLAGS = ["-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-b", "*", "-d", "15090,15021,15020"];

async function run(steps: readonly (readonly string[] | Step)[], more: Partial<IptablesCase> = {}) {
  const all = steps.map((step) => ("args" in step ? step : { args: ["istio-iptables", ...step] }));
  const recorded: IptablesCase = { name: "", profile: "", kind: "real", present: ["nft"], steps: all, expect: { exit: 0 }, ...more };
  return await runIptablesCase(recorded, BINARY.command);
}

describe("--check", () => {
  test("changes nothing, and names what is missing", async () => {
    const { exits, stdout, state } = await run([[...FLAGS, "--check"]]);
    expect(exits).toEqual([1]);
    expect(stdout).toContain("IPv4, table nat: the chain ISTIO_OUTPUT is missing\n");
    expect(stdout).toContain("IPv4, table nat: missing -A OUTPUT -j ISTIO_OUTPUT\n");
    expect(state["iptables-nft"]).toBeUndefined();
  });

  test.each([["nft"], ["plain=legacy"]])("knows the rules that the same flags make with %s", async (set) => {
    const more = { present: [set], interfaces: { eth0: ["10.244.0.16/24", "fd00:10:244::16/64"] } };
    const flags = [...FLAGS, "--dual-stack", "--redirect-dns", "-k", "net1", "-c", "net2", "-x", "10.1.2.3/16", "-o", "25"];
    const { exits, stdout } = await run([flags, [...flags, "--check"]], more);
    expect([exits, stdout.trimEnd().split("\n").at(-1)]).toEqual([[0, 0], "The rules are as these flags make them"]);
  });

  test("knows TPROXY, and users by name", async () => {
    const flags = ["-m", "TPROXY", "-i", "*", "-b", "80,443", "-u", "root"];
    const { exits } = await run([flags, [...flags, "--check"]]);
    expect(exits).toEqual([0, 0]);
  });

  test("names a rule that is not expected, and one that is in another place", async () => {
    const flags = ["-i", "*", "-b", "*"];
    const { exits, stdout } = await run([flags, [...flags, "-d", "15020,15021", "--check"], ["-i", "*", "-b", "80", "--check"]]);
    expect(exits).toEqual([0, 1, 1]);
    expect(stdout).toContain("IPv4, table nat: missing -A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN\n");
    expect(stdout).toContain("IPv4, table nat: not expected -A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT\n");
  });
});

describe("--check of routes and native tables", () => {
  const V6 = { interfaces: { eth0: ["fd00:10:244::16/64"] } };
  const TPROXY = ["-m", "TPROXY", "-i", "*", "-b", "*", "-t", "99", "-r", "1077"];

  test("names the address, rules and routes that are missing, and knows those that are there", async () => {
    const { exits, stdout } = await run([[...TPROXY, "--check"], TPROXY, [...TPROXY, "--check"], [...TPROXY, "-r", "1078", "--check"]], V6);
    expect(exits).toEqual([1, 0, 0, 1]);
    expect(stdout).toContain("the address ::6/128 of lo is missing\n");
    expect(stdout).toContain("IPv6: the rule that routes the mark 99 by table 1077 is missing\n");
    expect(stdout).toEndWith(
      [4, 6]
        .map((family) => `IPv${family}: the rule that routes the mark 99 by table 1078 is missing\n`)
        .concat([4, 6].map((family) => `IPv${family}: the route local default dev lo of table 1078 is missing\n`))
        .join(""),
    );
  });

  test.each([
    [["--redirect-dns", "--drop-invalid", "-b", "*", "-d", "15020"]],
    [["--redirect-dns", "--capture-all-dns", "-m", "TPROXY", "-b", "80,443"]],
    [["-m", "TPROXY", "-b", "*", "-u", "1337,0", "-g", "5"]],
  ])("knows the native tables of %j", async (more) => {
    const flags = [
      "--native-nftables",
      "-i",
      "10.1.0.9/8,fd00::9/8",
      "-x",
      "10.9.0.1/16",
      "-k",
      "net1",
      "-c",
      "net2",
      "-o",
      "25",
      "-q",
      "99",
      ...more,
    ];
    const { exits, stdout } = await run([[...flags, "--check"], flags, [...flags, "--check"], [...flags, "-z", "1", "--check"]], V6);
    expect(exits).toEqual([1, 0, 0, 1]);
    expect(stdout).toContain("table istio-proxy-nat: the chain output is missing\n");
    expect(stdout).toContain("table istio-proxy-nat: missing in istio-in-redirect: meta l4proto tcp counter redirect to :1\n");
    expect(stdout).toContain("table istio-proxy-nat: not expected in istio-in-redirect: meta l4proto tcp counter redirect to :15006\n");
  });
});

test("without the C library, rules that need routes are refused before anything is changed", async () => {
  const env = { BUN_JSC_useJIT: "0" };
  const { exits, stdout, state } = await run([["-m", "TPROXY", "-i", "*", "-b", "*"], FLAGS], { env });
  expect(exits).toEqual([1, 0]);
  expect(stdout).toContain("Cannot change addresses and routes, which IPv6 and TPROXY need: the C library cannot be called");
  expect(state["iptables-nft"]?.filter((line) => line.startsWith("*"))).toEqual(["*nat"]);
});

test("--explain changes nothing", async () => {
  const { exits, stdout, state } = await run([[...FLAGS, "--explain"]], { present: [] });
  expect(exits).toEqual([0]);
  expect(stdout).toContain("    TCP, to port 15090: not captured, because the port is excluded from capture\n");
  expect(stdout).toContain("    of user 1337: not captured, because it is traffic of Envoy, which would go in circles\n");
  expect(state["iptables-nft"]).toBeUndefined();
});

describe("a clean-up", () => {
  test("removes everything that other flags have made, with their jumps", async () => {
    const more = { interfaces: { eth0: ["10.244.0.16/24", "fd00:10:244::16/64"] } };
    const { exits, state } = await run(
      [
        [...FLAGS, "--dual-stack", "--redirect-dns", "-k", "net1"],
        ["--cleanup-only", "--dual-stack"],
      ],
      more,
    );
    expect(exits).toEqual([0, 0]);
    expect([...(state["iptables-nft"] ?? []), ...(state["ip6tables-nft"] ?? [])].filter((line) => line.includes("ISTIO"))).toEqual([]);
  });

  test("leaves the rules of others", async () => {
    const foreign = "iptables-nft -t nat -A OUTPUT -d 10.9.9.9 -j ACCEPT";
    const { state } = await run([FLAGS, ["--cleanup-only"]], { before: [foreign] });
    expect(state["iptables-nft"]?.filter((line) => line.startsWith("-A"))).toEqual(["-A OUTPUT -d 10.9.9.9/32 -j ACCEPT"]);
  });
});

test("a reconciliation from a redirect to TPROXY replaces all rules", async () => {
  const tproxy = ["-m", "TPROXY", "-i", "*", "-b", "*"];
  const { exits } = await run([FLAGS, [...tproxy, "--reconcile"], [...tproxy, "--check"]]);
  expect(exits).toEqual([0, 0, 0]);
});

test("a dry run with native nftables changes nothing", async () => {
  const { exits, state, stdout } = await run([[...FLAGS, "--native-nftables", "-n"]]);
  expect([exits, state["nft"]]).toEqual([[0], undefined]);
  expect(stdout).toContain("add chain inet istio-proxy-nat istio-output\n");
});

describe("a failure", () => {
  const stub = { kind: "stub", present: ["nft"] } as const;

  test("says that nothing has changed", async () => {
    const answers = [{ cmd: "nft-restore", exit: 1, stderr: "iptables-restore: Permission denied (you must be root)\n" }];
    const { exits, stdout } = await run([FLAGS], { ...stub, answers });
    expect(exits).toEqual([1]);
    expect(stdout).toMatch(
      /error\texit status 1: .*Permission denied.*; the container needs the capability NET_ADMIN.* \(the rules are as before\)$/m,
    );
  });

  test("says which tables have changed, and how to undo that", async () => {
    const before = ["ip6tables-nft -t nat -N ISTIO_REDIRECT"];
    const more = { interfaces: { eth0: ["10.244.0.16/24", "fd00:10:244::16/64"] }, before };
    const { exits, stdout, state } = await run([[...FLAGS, "--dual-stack"]], more);
    expect(exits).toEqual([1]);
    expect(stdout).toMatch(
      /rules exist already.*tables changed: nat of IPv4; undo with "attache istio-iptables --cleanup-only .*--dual-stack=true"/,
    );
    expect(state["iptables-nft"]).toContain("-A OUTPUT -j ISTIO_OUTPUT");
  });

  test.each(["15001\n-F", "15001 -j ACCEPT", "80;flush ruleset", '80"'])(
    "a value that is more than a word is refused: %j",
    async (value) => {
      const { exits, stdout, state } = await run([["-b", value, "-i", "*"]]);
      expect(exits).toEqual([1]);
      expect(stdout).toContain("Cannot use ");
      expect(state["iptables-nft"]).toBeUndefined();
    },
  );
});
