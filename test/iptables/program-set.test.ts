import { describe, expect, test } from "bun:test";
import { hasLockVariable, lockOption, parseVersion, programName, readDump, variantOrder } from "../../src/iptables/program-set.ts";

const set = (text: string) => {
  const parsed = parseVersion(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return { family: 4, name: "iptables", ...parsed.value } as const;
};

describe("versions", () => {
  test.each([
    ["iptables-save v1.8.10 (legacy)", true, ["--wait=30"], true],
    ["iptables-save v1.8.5 (legacy)", true, ["--wait=30"], false],
    ["iptables-save v1.6.2", true, ["--wait=30"], false],
    ["iptables-save v1.6.1", true, [], false],
    ["iptables-save v1.8.9 (nf_tables)", false, [], true],
    ["iptables-save v2.0 (legacy)", true, ["--wait=30"], true],
  ])("%s", (text, isLegacy, wait, hasVariable) => {
    expect([set(text).isLegacy, lockOption(set(text)), hasLockVariable(set(text))]).toEqual([isLegacy, wait, hasVariable]);
  });

  test.each(["", "iptables 1.8.9", "v1", "v.1"])("%j is none", (text) => {
    expect(parseVersion(text).ok).toBe(false);
  });
});

test("names of programs", () => {
  expect([programName(4, "-nft"), programName(6, "-legacy"), programName(6, "")]).toEqual([
    "iptables-nft",
    "ip6tables-legacy",
    "ip6tables",
  ]);
});

describe("the order of the sets", () => {
  const EMPTY_TABLE = "# x\n*nat\n:INPUT ACCEPT [0:0]\nCOMMIT\n";
  const FOREIGN = "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n";
  const OURS = "*nat\n:ISTIO_OUTPUT - [0:0]\nCOMMIT\n";

  test.each([
    ["nothing", "", "", ["-nft"], []],
    ["tables of a test", EMPTY_TABLE, "", ["-nft"], ["-legacy"]],
    ["tables of a test beside our rules", EMPTY_TABLE, OURS, ["-nft"], ["-legacy"]],
    ["rules of others", FOREIGN, "", ["-legacy", "-nft"], []],
    ["rules of others, ours in nf_tables", FOREIGN, OURS, ["-nft"], ["-legacy"]],
    ["our rules", OURS, FOREIGN, ["-legacy", "-nft"], []],
    ["our rules in both", OURS, OURS, ["-legacy", "-nft"], []],
    ["no legacy programs", undefined, OURS, ["-nft"], []],
    ["only legacy programs, with rules", FOREIGN, undefined, ["-legacy", "-nft"], []],
  ] as const)("%s", (_, legacy, nft, before, after) => {
    const dump = (text: string | undefined) => (text === undefined ? undefined : readDump(text));
    expect(variantOrder(dump(legacy), dump(nft))).toEqual({ before: [...before], after: [...after] });
  });
});
