import { expect, test } from "bun:test";
import { leadsTo } from "../../src/node/routes.ts";

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
  expect(leadsTo([HEAD, ...rows, ""].join("\n"), METADATA)).toBe(expected);
});
