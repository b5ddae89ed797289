import { describe, expect, test } from "bun:test";
import type { Inputs } from "../../src/inputs/inputs.ts";
import { nodeAddresses as addresses16, isIpv6 } from "../../src/profiles/istio-1.6/addresses.ts";
import { nodeAddresses as addresses130, familiesOf, familyOf } from "../../src/profiles/istio-1.30/addresses.ts";
import { familyNotices } from "../../src/profiles/istio-1.30/advice.ts";

/** Returns the interfaces of a node, with a loopback, and its INSTANCE_IP. */
function node(instanceIp: string, interfaces: readonly (readonly [name: string, address: string])[]): [Inputs["interfaces"], string] {
  const others = interfaces.map(([name, address]) => ({ name, address, loopback: false }));
  return [[{ name: "lo", address: "127.0.0.1", loopback: true }, ...others], instanceIp];
}

describe("node addresses", () => {
  test.each<[string, string, [string, string][], string[], string[]]>([
    [
      "the instance leads, the others follow",
      "10.0.0.2",
      [
        ["eth0", "10.0.0.1"],
        ["net1", "10.0.0.2"],
      ],
      ["10.0.0.2", "10.0.0.1"],
      ["10.0.0.2", "10.0.0.1"],
    ],
    ["an invalid instance address", "10.0.0.300", [["eth0", "10.0.0.1"]], ["10.0.0.1"], ["10.0.0.1"]],
    [
      "link-local addresses count only in 1.6",
      "",
      [
        ["eth0", "fe80::1"],
        ["eth0", "fd00::1"],
      ],
      ["fe80::1", "fd00::1"],
      ["fd00::1"],
    ],
    ["no interface: the loopbacks, in 1.30 beside the instance too", "10.0.0.1", [], ["10.0.0.1"], ["10.0.0.1", "127.0.0.1", "::1"]],
    ["nothing known", "", [], ["127.0.0.1", "::1"], ["127.0.0.1", "::1"]],
    [
      "an IPv4-mapped instance is IPv4 only in 1.6",
      "::ffff:10.9.8.7",
      [["eth0", "fd00::1"]],
      ["10.9.8.7", "fd00::1"],
      ["::ffff:10.9.8.7", "fd00::1"],
    ],
  ])("%s", (_, instance, interfaces, expected16, expected130) => {
    expect(addresses16(...node(instance, interfaces), "")).toEqual(expected16);
    expect(addresses130(...node(instance, interfaces), undefined)).toEqual(expected130);
  });
  test("1.6: --ip is used unchanged (contract 1.6 §4.1)", () => {
    expect(addresses16(...node("10.0.0.2", [["eth0", "10.0.0.1"]]), "not-an-ip")).toEqual(["not-an-ip", "10.0.0.1"]);
  });
  test("1.30: excluded interfaces, not trimmed (contract 1.30 §4.1)", () => {
    const annotations = new Map([["traffic.sidecar.istio.io/excludeInterfaces", "net1, net2"]]);
    expect(
      addresses130(
        ...node("", [
          ["eth0", "10.0.0.1"],
          ["net1", "10.0.1.1"],
          ["net2", "10.0.2.1"],
        ]),
        annotations,
      ),
    ).toEqual(["10.0.0.1", "10.0.2.1"]);
  });
  test("1.30: loopback addresses cannot be excluded, other addresses of the loopback can", () => {
    const lo = (address: string) => ({ name: "lo", address, loopback: true });
    const interfaces = [lo("127.0.0.1"), lo("10.0.0.1"), { name: "eth0", address: "10.0.0.1", loopback: false }];
    const annotations = new Map([["traffic.sidecar.istio.io/excludeInterfaces", "lo"]]);
    expect(addresses130([lo("127.0.0.1")], "", annotations)).toEqual(["127.0.0.1", "::1"]);
    expect(addresses130(interfaces, "", annotations)).toEqual([]);
  });
  test.each<[string[], boolean, boolean, boolean]>([
    [["10.0.0.1"], false, true, false],
    [["fd00::1"], true, false, true],
    [["10.0.0.1", "fd00::1"], false, false, false],
    [[], true, true, true],
    [["::ffff:10.0.0.1"], false, false, true],
  ])("families of %p", (list, v6In16, allV4, allV6) => {
    expect([isIpv6(list), familiesOf(list)]).toEqual([v6In16, { allV4, allV6 }]);
  });
});

describe("address families in 1.30 (contract 1.30 §7.5)", () => {
  test.each<[string[], boolean, string, boolean]>([
    [["10.0.0.1"], false, "127.0.0.1", false],
    [["10.0.0.1", "fd00::1"], false, "127.0.0.1", false],
    [["10.0.0.1", "fd00::1"], true, "127.0.0.1", false],
    [["fd00::1"], false, "::1", false],
    [["fd00::1", "fd00::2"], true, "::1", false],
    [["fd00::1", "10.0.0.1"], false, "127.0.0.1", true],
    [["fd00::1", "10.0.0.1"], true, "::1", false],
    [["fe80::1", "10.0.0.1"], false, "127.0.0.1", false],
    [["::ffff:10.0.0.2", "10.0.0.1"], false, "127.0.0.1", false],
    [[], false, "127.0.0.1", false],
  ])("Envoy of %j, dual stack %p, listens on %s; a warning: %p", (addresses, dualStack, localhost, isWarned) => {
    expect(familyOf(addresses, dualStack).localhost).toBe(localhost);
    expect(familyNotices(addresses, dualStack)).toHaveLength(isWarned ? 1 : 0);
  });
});
