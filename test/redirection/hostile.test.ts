import { describe, expect, test } from "bun:test";
import { DUAL, INJECTED } from "./arguments.ts";
import { openMachine, type ProgramSet } from "./machine.ts";

/** Values that would be more than one word of a rule, or cut the pod off. */
const VALUES: readonly (readonly string[])[] = [
  ["-d", "80\n-A OUTPUT -j DROP"],
  ["-o", "1\nCOMMIT\n*filter\n-A INPUT -j DROP\nCOMMIT"],
  ["-u", "0; rm -rf /"],
  ["-c", "eth0 -j DROP"],
  ["-k", 'eth"0'],
  ["-c", "lo\\"],
  ["--native-nftables", "-u", "1\nflush ruleset"],
  ["--native-nftables", "-d", "80 accept"],
  ["--native-nftables", "-c", "{"],
  ["-m", "TPROXY", "-r", "254"],
  ["-m", "TPROXY", "-r", "0", "--native-nftables"],
  ["-p", "70000"],
  ["-z", ""],
  ["-u", "nobody-known"],
  ["-m", "TPROXY", "-t", "4294967296"],
];

test.each(VALUES.map((args) => ({ args })))("$args is refused, and nothing is changed", async ({ args }) => {
  await using machine = await openMachine();
  expect(await machine.agent([...INJECTED, ...args])).toMatchObject({ status: 1 });
  expect(await machine.state()).toEqual({});
});

describe.each([[["nft", "legacy", "plain"]], [["legacy", "plain"]], [["nft", "legacy"]]] satisfies [ProgramSet[]][])(
  "with %j",
  (programs) => {
    test("later runs add no second copy of the rules, and a clean-up finds them", async () => {
      await using machine = await openMachine({ programs });
      expect(await machine.agent(INJECTED)).toMatchObject({ status: 0 });
      const first = await machine.state();
      for (const args of [INJECTED, [...INJECTED, "--reconcile"], [...INJECTED, "--force-apply", "--reconcile"]]) {
        await machine.agent(args);
        expect(await machine.state()).toEqual(first);
      }
      expect(await machine.agent([...INJECTED, "--cleanup-only"])).toMatchObject({ status: 0 });
      expect(await machine.state()).toEqual({});
    });
  },
);

test("64 interfaces with addresses of both families, all of them left out and virtual", async () => {
  const names = Array.from({ length: 64 }, (_, index) => `net${index}`);
  const interfaces = Object.fromEntries(names.map((name, index) => [name, [`10.3.${index}.1/24`, `fd00:${index.toString(16)}::1/64`]]));
  await using machine = await openMachine({ interfaces });
  const args = [...INJECTED, "--dual-stack", "-c", names.join(), "-k", names.join()];
  expect(await machine.agent(args)).toMatchObject({ status: 0 });
  const state = await machine.state();
  for (const program of ["iptables", "ip6tables"]) {
    expect(state[`${program} nat OUTPUT`]?.filter((rule) => /^-o net\d+ -j RETURN$/.test(rule))).toHaveLength(64);
    expect(state[`${program} nat PREROUTING`]?.filter((rule) => /^-i net\d+ -j ISTIO_REDIRECT$/.test(rule))).toHaveLength(64);
  }
  expect(await machine.agent([...args, "--check"])).toMatchObject({ status: 0 });
});

describe.each([
  { args: [], programs: ["nft"] },
  { args: ["--force-iptables-binary=legacy"], programs: ["legacy"] },
  { args: ["--native-nftables"], programs: [] },
  { args: ["--reconcile"], programs: ["nft"] },
] satisfies { args: string[]; programs: ProgramSet[] }[])("$args", ({ args, programs }) => {
  test("runs at the same time make the rules once, and leave nothing else", async () => {
    await using alone = await openMachine({ programs, interfaces: DUAL });
    await alone.agent([...INJECTED, "--dual-stack", ...args]);
    await using machine = await openMachine({ programs, interfaces: DUAL });
    const ended = await Promise.all(Array.from({ length: 6 }, () => machine.agent([...INJECTED, "--dual-stack", ...args])));
    expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 0));
    expect(await machine.state()).toEqual(await alone.state());
  });
});

test("without /etc/resolv.conf only a capture of the resolvers fails", async () => {
  await using machine = await openMachine();
  await machine.sh("umount /etc/resolv.conf; mount -t tmpfs tmpfs /etc");
  const { status, out } = await machine.agent([...INJECTED, "--redirect-dns"]);
  expect({ status, out }).toEqual({ status: 1, out: expect.stringContaining("failed to load /etc/resolv.conf: open /etc/resolv.conf") });
  expect(await machine.state()).toEqual({});
  expect(await machine.agent([...INJECTED, "--redirect-dns", "--capture-all-dns"])).toMatchObject({ status: 0 });
});

describe.each([
  { args: [], drift: "iptables-nft -t nat -D ISTIO_INBOUND -p tcp --dport 15090 -j RETURN", named: /15090/ },
  { args: ["-m", "TPROXY"], drift: "iptables-nft -t mangle -A ISTIO_TPROXY -j DROP", named: /ISTIO_TPROXY/ },
])("$args", ({ args, drift, named }) => {
  test("dry run, explanation and check change nothing; the check sees a difference and names it", async () => {
    await using machine = await openMachine();
    for (const mode of ["--dry-run", "--explain", "--check"]) await machine.agent([...INJECTED, ...args, mode]);
    expect(await machine.state()).toEqual({});
    expect(await machine.agent([...INJECTED, ...args, "--check"])).toMatchObject({ status: 1 });
    await machine.agent([...INJECTED, ...args]);
    expect(await machine.agent([...INJECTED, ...args, "--check"])).toMatchObject({ status: 0 });
    await machine.sh(drift);
    const state = await machine.state();
    const { status, out } = await machine.agent([...INJECTED, ...args, "--check"]);
    expect({ status, out }).toEqual({ status: 1, out: expect.stringMatching(named) });
    expect(await machine.state()).toEqual(state);
  });
});
