import { describe, expect, test } from "bun:test";
import { formatPrefix, parseNetwork, parsePrefix } from "../../src/go/ip-prefix.ts";

// The results are those of Go 1.26.
describe("netip.ParsePrefix", () => {
  test.each(["10.1.2.3/8", "0.0.0.0/0", "10.0.0.1/32", "::/0", "fd00::1/8", "::ffff:1.2.3.4/100"])("%s keeps its host bits", (text) => {
    const parsed = parsePrefix(text);
    expect(parsed.ok && formatPrefix(parsed.value)).toBe(text);
  });

  test("IPv6 is canonical", () => {
    const parsed = parsePrefix("FD00:0:0::000a/64");
    expect(parsed.ok && formatPrefix(parsed.value)).toBe("fd00::a/64");
  });

  test.each([
    ["x", "no '/'"],
    ["10.0.0.0", "no '/'"],
    ["", "no '/'"],
    ["10.0.0.0/", 'bad bits after slash: ""'],
    ["10.0.0.0/33", "prefix length out of range"],
    ["10.0.0.0/08", 'bad bits after slash: "08"'],
    ["10.0.0.0/-1", 'bad bits after slash: "-1"'],
    ["10.0.0.0/8 ", 'bad bits after slash: "8 "'],
    ["::1/129", "prefix length out of range"],
    ["fe80::1%eth0/64", "IPv6 zones cannot be present in a prefix"],
    ["10.0.0/8", 'ParseAddr("10.0.0"): IPv4 address too short'],
    ["1.2.3.4.5/8", 'ParseAddr("1.2.3.4.5"): IPv4 address too long'],
    ["010.0.0.0/8", 'ParseAddr("010.0.0.0"): IPv4 field has octet with leading zero'],
    ["nonsense/8", 'ParseAddr("nonsense"): unable to parse IP'],
    [" 10.0.0.0/8", 'ParseAddr(" 10.0.0.0"): unexpected character (at " 10.0.0.0")'],
    ["1.2.3.256/8", 'ParseAddr("1.2.3.256"): IPv4 field has value >255'],
    ["10.0.0.0/8/8", 'ParseAddr("10.0.0.0/8"): unexpected character (at "/8")'],
    ["/8", 'ParseAddr(""): unable to parse IP'],
  ])("%j: %s", (text, error) => {
    expect(parsePrefix(text)).toEqual({ ok: false, error: `netip.ParsePrefix("${text}"): ${error}` });
  });

  test("another address that is not one of IPv6 is refused", () => {
    expect(parsePrefix("::g/8").ok).toBe(false);
  });
});

describe("net.ParseCIDR", () => {
  test.each([
    ["10.1.2.3/8", 4, "10.0.0.0/8"],
    ["10.0.0.0/08", 4, "10.0.0.0/8"],
    ["10.0.0.0/000", 4, "0.0.0.0/0"],
    ["1.2.3.4/32", 4, "1.2.3.4/32"],
    ["1.2.3.255/25", 4, "1.2.3.128/25"],
    ["fd00::1/8", 6, "fd00::/8"],
    ["0::1/0", 6, "::/0"],
    ["::ffff:10.1.2.3/104", 4, "10.0.0.0/8"],
    ["::ffff:10.1.2.3/128", 4, "10.1.2.3/32"],
    ["::ffff:1.2.3.4/96", 4, "0.0.0.0/0"],
    ["::ffff:10.1.2.3/90", 4, "::ffc0:0:0/90"],
  ])("%s is of IPv%d: %s", (text, family, network) => {
    const parsed = parseNetwork(text);
    expect(parsed.ok && [parsed.value.family, formatPrefix(parsed.value)]).toEqual([family as 4 | 6, network]);
  });

  test.each(["x", "", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "010.0.0.0/8", "fe80::1%eth0/64", "10.0.0.0/8/8"])(
    "%j is refused",
    (text) => {
      expect(parseNetwork(text)).toEqual({ ok: false, error: `invalid CIDR address: ${text}` });
    },
  );
});
