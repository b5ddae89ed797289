import { describe, expect, test } from "bun:test";
import { cleanupCommands } from "../../src/iptables/cleanup-commands.ts";
import { differences } from "../../src/iptables/differences.ts";
import { nftDocument } from "../../src/iptables/nft-document.ts";
import { restoreDocument } from "../../src/iptables/restore-document.ts";
import { type Family, rulesOf } from "../../src/iptables/rule.ts";
import { savedState } from "../../src/iptables/saved-state.ts";
import { type IptablesCase, iptablesCases } from "../conformance/iptables/case.ts";
import { leftAside } from "../conformance/iptables/left-aside.ts";
import { IPTABLES_PROFILES } from "../conformance/iptables/vendor.ts";
import { configOf, type Machine, planned } from "./support.ts";

/** The machine of a recorded case. */
function machineOf(recorded: IptablesCase, env = recorded.env ?? {}): Machine {
  const interfaces = Object.values(recorded.interfaces ?? { eth0: ["10.244.0.16/24"] }).flat();
  const all = ["127.0.0.1", ...interfaces.map((each) => each.split("/")[0] ?? "")];
  return {
    env,
    addresses: [...all.filter((each) => !each.includes(":")), ...all.filter((each) => each.includes(":"))],
    ...(recorded.files?.["/etc/passwd"] === undefined ? {} : { passwd: recorded.files["/etc/passwd"] }),
    ...(recorded.files?.["/etc/resolv.conf"] === undefined ? {} : { resolvConf: recorded.files["/etc/resolv.conf"] }),
  };
}

describe.each(IPTABLES_PROFILES)("the recorded documents of %s", (profile) => {
  const cases = iptablesCases(profile).filter(({ kind, args }) => kind === "stub" && args?.[0] === "istio-iptables");
  const withDocument = cases.flatMap((recorded) =>
    (recorded.expect.commands ?? [])
      .filter(({ argv }) => argv[0]?.endsWith("-restore"))
      .map(({ argv, stdin = "" }) => [recorded.name, argv[0]?.startsWith("ip6") ? 6 : 4, recorded, stdin] as const),
  );

  test.each(withDocument)("%s, IPv%d", (_, family: Family, recorded, document) => {
    const rules = rulesOf(planned(profile, recorded.args?.slice(1) ?? [], machineOf(recorded)), family);
    // The tables of 1.6 have no order.
    const sorted = (text: string) => text.split(/(?<=COMMIT\n)/).sort();
    expect(sorted(restoreDocument(rules, profile !== "istio-1.6"))).toEqual(sorted(document));
  });

  const withCleanup = cases
    .filter((recorded) => recorded.args?.includes("--cleanup-only") && !recorded.args.includes("-n") && leftAside(recorded) === undefined)
    .map((recorded) => [recorded.name, recorded] as const);
  if (withCleanup.length > 0)
    test.each(withCleanup)("%s, clean-up", (_, recorded) => {
      const rules = planned(profile, recorded.args?.slice(1) ?? [], machineOf(recorded));
      const { hasV6 } = configOf(profile, recorded.args?.slice(1) ?? [], machineOf(recorded));
      const commands = (hasV6 ? ([4, 6] as const) : ([4] as const)).flatMap((family) => {
        const { jumps, chains } = cleanupCommands(rulesOf(rules, family));
        return [...jumps, ...chains];
      });
      const wanted = (recorded.expect.commands ?? [])
        .map(({ argv }) => argv.slice(1))
        .filter((args) => /^-[DFX]$/.test(args[2] ?? "") && !args.includes("255"));
      expect(commands).toEqual(wanted);
    });
});

describe("the recorded states of the kernel", () => {
  const real = iptablesCases("istio-1.30").filter(
    ({ kind, steps, expect: { exit } }) => kind === "real" && steps?.length === 1 && String(exit) === "0",
  );
  const native = real.filter(({ steps }) => steps?.[0]?.args.includes("--native-nftables"));
  const others = real.filter((each) => !native.includes(each));

  test.each(others.map((each) => [each.name, each] as const))("%s is what --check expects", (_, recorded) => {
    const [step] = recorded.steps ?? [];
    const args = step?.args.slice(1) ?? [];
    const machine = machineOf(recorded, { ...recorded.env, ...step?.env });
    const rules = planned("istio-1.30", args, machine);
    for (const family of configOf("istio-1.30", args, machine).hasV6 ? ([4, 6] as const) : ([4] as const)) {
      const tool = family === 4 ? "iptables" : "ip6tables";
      const lines = recorded.expect.state?.[`${tool}-nft`] ?? recorded.expect.state?.[`${tool}-legacy`] ?? [];
      expect(differences(savedState(lines.join("\n")), rulesOf(rules, family))).toEqual([]);
    }
  });
});

describe("the recorded native documents", () => {
  const shown = iptablesCases("istio-1.30").flatMap((recorded) => {
    const args = recorded.args ?? recorded.steps?.[0]?.args ?? [];
    const lines = recorded.expect.stdoutLines ?? [];
    const from = lines.findIndex((line) => line.endsWith("nftables rules programmed:"));
    if (!args.includes("--native-nftables") || args.includes("--cleanup-only") || from < 0) return [];
    const end = lines.findIndex((line, at) => at > from && !/^(add|flush|insert) /.test(line));
    return [[recorded.name, recorded, args.slice(1), lines.slice(from + 1, end < 0 ? undefined : end)] as const];
  });

  test.each(shown)("%s", (_, recorded, args, lines) => {
    const machine = machineOf(recorded, { ...recorded.env, ...recorded.steps?.[0]?.env });
    expect(nftDocument(planned("istio-1.30", args, machine), configOf("istio-1.30", args, machine).hasV6)).toEqual(lines);
  });
});
