import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { explanation } from "../../src/iptables/explain.ts";
import { items, parseRanges } from "../../src/iptables/lists.ts";
import { nftDocument } from "../../src/iptables/nft-document.ts";
import { restoreDocument } from "../../src/iptables/restore-document.ts";
import { rulesOf } from "../../src/iptables/rule.ts";
import { ruleValues, unsafeValue } from "../../src/iptables/unsafe-value.ts";
import { configured, contractOf, planned } from "./support.ts";

const SEED = 20_261_129;

describe("lists", () => {
  test.each([
    ["", []],
    [",", []],
    ["80", ["80"]],
    [",80,, 81,", ["80", " 81"]],
    ["80,*", ["80", "*"]],
  ])("%j", (text, wanted) => {
    expect(items(text)).toEqual(wanted);
  });

  test("ranges by family; loopback counts", () => {
    expect(parseRanges("10.1.2.3/8,fd00:0::1/8,::ffff:1.2.3.4/100")).toEqual({
      ok: true,
      value: { isAll: false, v4: ["10.1.2.3/8"], v6: ["fd00::1/8", "::ffff:1.2.3.4/100"], hasLoopback: false },
    });
    expect(["127.0.0.0/8", "::1/128", "::ffff:127.0.0.1/128"].map(parseRanges)).toMatchObject(
      Array(3).fill({ value: { hasLoopback: true } }),
    );
    expect(parseRanges("*")).toMatchObject({ ok: true, value: { isAll: true } });
  });

  test.each(["10.0.0.0/8,x", "*,10.0.0.0/8", "10.0.0.0/8, 10.1.0.0/16"])("%j is refused", (text) => {
    expect(parseRanges(text).ok).toBe(false);
  });
});

describe("values", () => {
  test.each(["80", "", "80, 443", "http", "*", "!80", "-j", "eth0.100", "1:2", " 80 "])("%j is a word", (value) => {
    expect(unsafeValue([{ flag: "-b", value }])).toBeUndefined();
  });

  test.each(["80\n-F", "80 -j ACCEPT", "80\t81", "80;flush ruleset", "80\r", "80\0", '"', "'", "#", "{", "}", "\\", "$x", "`", "\x7f"])(
    "%j is not",
    (value) => {
      expect(unsafeValue([{ flag: "-b", value }])).toContain("(-b)");
    },
  );

  test("of any kind never become structure", () => {
    const piece = fc.constantFrom(
      "80",
      "*",
      ",",
      " ",
      "\n",
      "-j",
      "ACCEPT",
      ";",
      "COMMIT",
      "*filter",
      "-A",
      "{",
      "}",
      '"',
      "#",
      "0.0.0.0/0",
      "::/0",
      "\u2028",
    );
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.array(piece, { maxLength: 6 }).map((each) => each.join("")),
    );
    const flags = ["-p", "-z", "-e", "-u", "-g", "-b", "-d", "-c", "-i", "-x", "-q", "-o", "-k", "-t"];
    fc.assert(
      fc.property(
        fc.record({ values: fc.array(value, { minLength: flags.length, maxLength: flags.length }), tproxy: fc.boolean() }),
        (each) => {
          const args = [
            ...flags.flatMap((flag, at) => [flag, each.values[at] ?? ""]),
            "--redirect-dns",
            "--drop-invalid",
            ...(each.tproxy ? ["-m", "TPROXY"] : []),
          ];
          const config = configured("istio-1.30", args);
          if (!config.ok || unsafeValue(ruleValues(config.value)) !== undefined) return;
          const plan = contractOf("istio-1.30").plan(config.value);
          if (!plan.ok) return;
          for (const family of [4, 6] as const) {
            const rules = rulesOf(plan.value.rules, family);
            const lines = restoreDocument(rules, true).split("\n");
            expect(lines.pop()).toBe("");
            expect(
              lines.filter(
                (line) => !/^(\* (filter|mangle|nat|raw)|-N ISTIO_[A-Z_]+|-[AI] (ISTIO_[A-Z_]+|PREROUTING|OUTPUT) .*|COMMIT)$/s.test(line),
              ),
            ).toEqual([]);
            expect(lines.filter((line) => /^-[AI] /.test(line))).toHaveLength(rules.length);
          }
          const native = nftDocument(plan.value.rules, true);
          expect(native.filter((line) => /[\n;]/.test(line.replace(/\{ type \w+ hook \w+ priority -\d+ ; \}$/, "")))).toEqual([]);
        },
      ),
      { seed: SEED, numRuns: 1_500 },
    );
  });
});

describe("--explain", () => {
  test("the chains in the order in which packets meet them, with inserted rules where they are", () => {
    const lines = explanation(planned("istio-1.30", ["-m", "TPROXY", "-i", "*", "-b", "80"]), false);
    const inbound = lines.slice(lines.indexOf("  ISTIO_INBOUND (table mangle)") + 1);
    expect(lines[0]).toBe("Traffic that arrives at the pod:");
    expect(inbound[0]).toBe("    TCP, with the mark 1337: left as it is, because it is marked already");
    expect(inbound[3]).toStartWith("    TCP, to port 80, of connections that are related or established: continues in ISTIO_DIVERT");
  });

  test("both families, where there are", () => {
    const rules = planned("istio-1.30", ["-i", "10.0.0.0/8,fd00::/8"]);
    const [v4, v6] = explanation(rules, true).join("\n").split("IPv6\n");
    expect(v4).toContain("to 10.0.0.0/8: continues in ISTIO_REDIRECT, because the range is captured");
    expect(v4).not.toContain("fd00::");
    expect(v6).toContain("to fd00::/8: continues in ISTIO_REDIRECT");
    expect(v6).toContain("through interface lo, from ::6/128: not captured");
  });

  test("every rule of every kind has words, and none twice a reason", () => {
    const args = [
      "-i",
      "*",
      "-b",
      "*",
      "-d",
      "1",
      "-o",
      "2",
      "-q",
      "3",
      "-c",
      "a",
      "-k",
      "b",
      "-x",
      "10.0.0.0/8",
      "--redirect-dns",
      "--drop-invalid",
    ];
    const rules = [
      ...planned("istio-1.30", [...args, "-m", "TPROXY"]),
      ...planned("istio-1.6", ["-i", "10.0.0.0/8", "-b", "*"], { env: { DNS_CAPTURE: "x" } }),
    ];
    for (const { why } of rules) expect(why).toMatch(/^(because|so that|for|where|after) [^.]+$/);
  });
});
