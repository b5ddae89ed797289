import { expect, test } from "bun:test";
import { addressesIn } from "../../src/linux/interface-tables.ts";

const ROUTE = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
const IGMP = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter";
const DEV = "Inter-|   Receive\n face |bytes    packets\n";

/** The tables of a namespace with lo, with these devices from index 2 on, and with addresses by the trie. */
const tables = (addresses: readonly string[], routes: readonly string[], up: readonly string[], down: readonly string[] = []) => ({
  devices: `${DEV}${["lo", ...up, ...down].map((name) => `${name.padStart(6)}: 0 0\n`).join("")}`,
  igmp: [IGMP, ...["lo", ...up].map((name, at) => `${at + 1}\t${name}      :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0`)].join(
    "\n",
  ),
  routes: [ROUTE, ...routes].join("\n"),
  trie: `Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.0\n        /8 host LOCAL\n${["127.0.0.1", ...addresses].map((address) => `     |-- ${address}\n        /32 host LOCAL\n`).join("")}`,
  inet6: "",
});
const LO = { name: "lo", address: "127.0.0.1", loopback: true };

test.each([
  [
    "a pod with an address of its own network, behind a gateway of none",
    tables(["10.7.7.7"], ["eth0\t00000000\t0101FEA9\t0003\t0\t0\t0\t00000000\t0\t0\t0"], ["eth0"]),
    [LO, { name: "eth0", address: "10.7.7.7", loopback: false }],
    [],
  ],
  [
    "the longer network counts",
    tables(
      ["10.1.2.3"],
      [
        "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0",
        "eth1\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
        "eth0\t0302010A\t0101000A\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0",
      ],
      ["eth0", "eth1"],
    ),
    [LO, { name: "eth1", address: "10.1.2.3", loopback: false }],
    [],
  ],
  [
    "two interfaces, and an address of no network",
    tables(["10.7.7.7"], [], ["eth0", "eth1"]),
    [LO, { name: "", address: "10.7.7.7", loopback: false }],
    ["10.7.7.7"],
  ],
  ["an address that may be of an interface that is down", tables(["10.7.7.7"], [], ["eth0"], ["eth1"]), [LO], ["10.7.7.7"]],
  ["no address", tables([], [], []), [LO], []],
])("%s", (_, given, addresses, unplaced) => {
  expect(addressesIn(given)).toEqual({ addresses, unplaced, unordered: [] });
});

test("the part of the local addresses is in the trie twice; other routes to one address are none", () => {
  const trie = [
    "     |-- 10.0.0.0",
    "        /24 link UNICAST",
    "     |-- 10.0.0.2",
    "        /30 link UNICAST",
    "        /32 host LOCAL",
    "     |-- 10.0.0.3",
    "        /32 link BROADCAST",
    "     |-- 10.0.0.4",
    "        /32 universe UNICAST",
    "     |-- 10.0.0.2",
    "        /32 host LOCAL",
    "",
  ].join("\n");
  const given = { ...tables([], ["eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"], ["eth0"]), trie };
  expect(addressesIn(given).addresses).toEqual([{ name: "eth0", address: "10.0.0.2", loopback: false }]);
});

test("IPv6 comes after IPv4, by interface", () => {
  const inet6 = [
    "00000000000000000000000000000001 01 80 10 80       lo",
    "fd000000000000000000000000000002 02 40 00 82     eth0",
    "fe8000000000000000fc00fffe000001 02 40 20 80     eth0",
    "fd000000000000000000000000000003 02 40 00 82     eth0",
    "",
  ].join("\n");
  const found = addressesIn({ ...tables(["10.7.7.7"], [], ["eth0"]), inet6 });
  expect(found.addresses.map(({ address }) => address)).toEqual([
    "127.0.0.1",
    "::1",
    "10.7.7.7",
    "fd00::2",
    "fe80::fc:ff:fe00:1",
    "fd00::3",
  ]);
  expect(found.unordered).toEqual(["eth0"]);
});
