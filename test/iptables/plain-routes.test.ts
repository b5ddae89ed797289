import { expect, test } from "bun:test";
import { plainRouteChanges } from "../../src/iptables/network-changes.ts";
import { configOf } from "./support.ts";

const changes = (mark: string, table: string) =>
  plainRouteChanges(configOf("istio-1.6", ["-m", "TPROXY", "-b", "*", "-t", mark, "-r", table]));

test.each([
  ["1337", "133", { mark: 1337, table: 133 }],
  ["0x10", "0x85", { mark: 16, table: 133 }],
  ["010", "0205", { mark: 8, table: 133 }],
  ["1/0xff", "133", { mark: 1, mask: 255, table: 133 }],
])("mark %p and table %p are read as ip reads them", (mark, table, rule) => {
  expect(changes(mark, table)).toEqual({
    ok: true,
    value: [
      { kind: "rule", family: 4, ...rule },
      { kind: "route", family: 4, table: 133 },
    ],
  });
});

test.each([["-1"], ["4294967296"], ["1_0"], ["x"], [""], ["1/"], ["1/2/3"], ["08"]])("the mark %p is refused", (mark) => {
  expect(changes(mark, "133")).toEqual({
    ok: false,
    error: `Cannot use "${mark}" as mark: a number up to 4294967295, or two with a slash: mark and mask (-t)`,
  });
});
