import { expect, test } from "bun:test";
import { hasRoute, hasRouteV6 } from "../../src/linux/routes.ts";

const HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
const METADATA = 0xfea9fea9;

test.each([
  ["a default route", ["eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0"], true],
  ["a default route that is down", ["eth0\t00000000\t010200C0\t0002\t0\t0\t0\t00000000\t0\t0\t0"], false],
  ["a network without the address", ["eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"], false],
  ["the link-local network", ["eth0\t0000FEA9\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0"], true],
  ["a host route", ["eth0\tFEA9FEA9\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0"], true],
  [
    "the second row",
    ["a\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0", "b\t00000000\t01\t0003\t0\t0\t0\t00000000\t0\t0\t0"],
    true,
  ],
  ["no row", [], false],
])("%s", (_, rows, expected) => {
  expect(hasRoute([HEAD, ...rows, ""].join("\n"), METADATA)).toBe(expected);
});

const ZERO = "0".repeat(32);
const row6 = (destination: string, length: string, flags: string) =>
  `${destination} ${length} ${ZERO} 00 ${ZERO} 00000400 00000001 00000000 ${flags}     eth0`;

test.each([
  ["a default route", [row6(ZERO, "00", "00000003")], true],
  ["the route that refuses, which every machine has", [row6(ZERO, "00", "00200200")], false],
  ["a route that refuses and is up", [row6(ZERO, "00", "00200201")], false],
  ["the network of the address", [row6(`fd000ec2${"0".repeat(24)}`, "20", "00000001")], true],
  ["another network", [row6(`fd000ec3${"0".repeat(24)}`, "20", "00000001")], false],
  ["the address itself", [row6("fd000ec2000000000000000000000254", "80", "00000001")], true],
  ["no row", [], false],
])("on IPv6 %s", (_, rows, expected) => {
  expect(hasRouteV6([...rows, ""].join("\n"), "fd000ec2000000000000000000000254")).toBe(expected);
});
