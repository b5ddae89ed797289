import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cleanupCommands } from "../../src/iptables/cleanup-commands.ts";
import { differences } from "../../src/iptables/differences.ts";
import { leftoverCommands } from "../../src/iptables/leftovers.ts";
import { normalRule, savedWords } from "../../src/iptables/normal-rule.ts";
import { rulesOf } from "../../src/iptables/rule.ts";
import { changedTables, drift, hasResidue, savedState } from "../../src/iptables/saved-state.ts";
import { planned } from "./support.ts";

const RULES = rulesOf(planned("istio-1.30", ["-i", "*", "-b", "*"]), 4);
const SAVED = `# Generated
*nat
:PREROUTING ACCEPT [0:0]
:ISTIO_INBOUND - [0:0]
:ISTIO_IN_REDIRECT - [0:0]
:ISTIO_OUTPUT - [0:0]
:ISTIO_REDIRECT - [0:0]
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A OUTPUT -j ISTIO_OUTPUT
-A ISTIO_INBOUND -p tcp -m tcp --dport 15008 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`;

const without = (line: string) => SAVED.replace(`${line}\n`, "");
const after = (line: string, added: string) => SAVED.replace(`${line}\n`, `${line}\n${added}\n`);

describe("the output of iptables-save", () => {
  test("chains and rules by table; counters, dates and other tables do not count", () => {
    const state = savedState(
      "# x\n*nat\n:ISTIO_A - [1:2]\n:OTHER - [0:0]\n[3:4] -A OTHER -j DROP\n-A ISTIO_A\nCOMMIT\n*security\n-A INPUT -j DROP\n",
    );
    expect([...(state.get("nat") ?? [])]).toEqual([
      ["ISTIO_A", [""]],
      ["OTHER", ["-j DROP"]],
    ]);
    expect(hasResidue(state)).toBe(true);
  });

  test.each(["", "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n", "-A INPUT -j DROP\n", "*security\n-A INPUT -j DROP\n"])(
    "%j has no residue",
    (text) => {
      expect(hasResidue(savedState(text))).toBe(false);
    },
  );

  test("any text can be read", () => {
    const words = fc.constantFrom(
      "*nat",
      ":ISTIO_A",
      "-A",
      "ISTIO_A",
      "-j",
      "!",
      "-m",
      "mark",
      "--mark",
      "0x",
      "/",
      '"',
      "\\",
      "-s",
      "-d",
      "COMMIT",
      "\n",
      " ",
      "é",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words).map((each) => each.join(" ")),
    );
    fc.assert(
      fc.property(text, (each) => {
        const state = savedState(`*nat\n${each}`);
        drift(state, RULES);
        differences(state, RULES);
        leftoverCommands(state, cleanupCommands(RULES), "15013");
        normalRule(savedWords(each));
      }),
      { seed: 20_261_129, numRuns: 2_000 },
    );
  });
});

describe("drift and differences", () => {
  test.each([
    ["the same", SAVED, "unknown", []],
    ["nothing", "", "yes", undefined],
    ["a rule fewer in our chain", without("-A ISTIO_OUTPUT -j ISTIO_REDIRECT"), "yes", ["missing"]],
    ["a rule more in our chain", after("-A ISTIO_OUTPUT -j ISTIO_REDIRECT", "-A ISTIO_OUTPUT -j RETURN"), "yes", ["unexpected"]],
    ["no jump", without("-A OUTPUT -j ISTIO_OUTPUT"), "yes", ["missing"]],
    ["an unknown chain of ours", after(":ISTIO_OUTPUT - [0:0]", ":ISTIO_OTHER - [0:0]"), "yes", ["unexpected-chain"]],
    ["a chain of another", after(":ISTIO_OUTPUT - [0:0]", ":OTHER - [0:0]"), "unknown", []],
    ["a rule of another", after("-A OUTPUT -j ISTIO_OUTPUT", "-A OUTPUT -j ACCEPT"), "unknown", []],
    ["a second jump", after("-A OUTPUT -j ISTIO_OUTPUT", "-A OUTPUT -p tcp -j ISTIO_OUTPUT"), "unknown", ["unexpected"]],
    ["another port", SAVED.replace("15001", "15002"), "unknown", ["missing", "unexpected"]],
    [
      "another order",
      after("-A ISTIO_OUTPUT -j ISTIO_REDIRECT", "-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN").replace(
        "-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN\n",
        "",
      ),
      "unknown",
      ["order"],
    ],
  ] as const)("%s", (_, text, drifts, kinds) => {
    const state = savedState(text);
    expect(drift(state, RULES)).toBe(drifts);
    if (kinds !== undefined) expect(differences(state, RULES).map(({ kind }) => kind)).toEqual([...kinds]);
  });

  test("a family without planned rules differs only by chains of ours", () => {
    expect([SAVED, "*nat\n-A OUTPUT -j ACCEPT\n", ""].map((text) => drift(savedState(text), []))).toEqual(["yes", "no", "no"]);
  });

  test("changed tables", () => {
    expect(changedTables(savedState(SAVED), savedState(SAVED.replaceAll("[0:0]", "[5:5]")))).toEqual([]);
    expect(changedTables(savedState(SAVED), savedState(`${without("COMMIT")}COMMIT\n*filter\n-A INPUT -j DROP\n`))).toEqual(["filter"]);
  });
});

describe("the same rule in other words", () => {
  test.each([
    ["-p tcp --dport 80 -j RETURN", "-p tcp -m tcp --dport 80 -j RETURN"],
    ["-o lo ! -d 127.0.0.1/32 -p tcp", "! -d 127.0.0.1/32 -o lo -p tcp"],
    ["-d 10.1.2.3/8 -j RETURN", "-d 10.0.0.0/8 -j RETURN"],
    ["-d fd00::1/8 -j RETURN", "-d fd00::/8 -j RETURN"],
    ["-p tcp -m mark --mark 1337 -j RETURN", "-p tcp -m mark --mark 0x539 -j RETURN"],
    ["-j MARK --set-mark 1337", "-j MARK --set-xmark 0x539/0xffffffff"],
    ["-j CONNMARK --save-mark", "-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff"],
    ["-j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006", "-j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x539/0xffffffff"],
    ["-j REDIRECT --to-port 15053", "-j REDIRECT --to-ports 15053"],
    ["-m conntrack --ctstate RELATED,ESTABLISHED -j X", "-m conntrack --ctstate ESTABLISHED,RELATED -j X"],
  ])("%s", (one, other) => {
    expect(normalRule(one.split(" "))).toBe(normalRule(other.split(" ")));
  });

  test.each([
    ["-m mark --mark 1 -j X", "-m connmark --mark 1 -j X"],
    ["-p tcp --dport 80 -j X", "-p tcp --sport 80 -j X"],
    ["-p tcp ! --dport 80 -j X", "-p tcp --dport 80 -j X"],
    ["-j MARK --set-mark 1", "-j MARK --set-xmark 0x1/0xff"],
    ["-j REDIRECT --to-ports 1", "-j REDIRECT --to-ports 11"],
  ])("%s is not %s", (one, other) => {
    expect(normalRule(one.split(" "))).not.toBe(normalRule(other.split(" ")));
  });

  test("quoted values are one word", () => {
    expect(savedWords('-m comment --comment "a \\"b\\" c" -j X')).toEqual(["-m", "comment", "--comment", 'a "b" c', "-j", "X"]);
  });
});

describe("what a clean-up leaves", () => {
  const cleanup = cleanupCommands(rulesOf(planned("istio-1.30", []), 4));

  test("nothing, if all our jumps are planned", () => {
    expect(leftoverCommands(savedState(without("-A PREROUTING -p tcp -j ISTIO_INBOUND")), cleanup)).toEqual({ jumps: [], chains: [] });
  });

  test("a jump that is not planned, then all our chains", () => {
    const { jumps, chains } = leftoverCommands(savedState(SAVED), cleanup);
    expect(jumps).toEqual([["-t", "nat", "-D", "PREROUTING", "-p", "tcp", "-j", "ISTIO_INBOUND"]]);
    expect(chains.map(([, , action, chain]) => `${action} ${chain}`)).toEqual(
      ["-F", "-X"].flatMap((action) => ["INBOUND", "IN_REDIRECT", "OUTPUT", "REDIRECT"].map((name) => `${action} ISTIO_${name}`)),
    );
  });

  test("a jump that is there twice", () => {
    const twice = after("-A OUTPUT -j ISTIO_OUTPUT", "-A OUTPUT -j ISTIO_OUTPUT");
    expect(leftoverCommands(savedState(twice), cleanupCommands(RULES)).jumps).toEqual([
      ["-t", "nat", "-D", "OUTPUT", "-j", "ISTIO_OUTPUT"],
    ]);
  });

  test("the redirection of DNS of 1.6, with its exemptions", () => {
    const lines = [
      "-p udp -m udp --dport 53 -m owner --gid-owner 1337 -j RETURN",
      "-p udp -m udp --dport 53 -j REDIRECT --to-ports 15013",
      "-p udp -m udp --dport 53 -j ACCEPT",
    ];
    const state = savedState(`*nat\n${lines.map((line) => `-A OUTPUT ${line}\n`).join("")}`);
    const { jumps } = leftoverCommands(state, { jumps: [], chains: [] }, "15013");
    expect(jumps.map((args) => args.slice(4).join(" "))).toEqual(lines.slice(0, 2));
    expect(leftoverCommands(state, { jumps: [], chains: [] }).jumps).toEqual([]);
  });
});
