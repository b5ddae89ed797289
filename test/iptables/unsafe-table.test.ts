import { expect, test } from "bun:test";
import { unsafeTable } from "../../src/iptables/unsafe-value.ts";

test.each(["0", "254", "255", "-1", "4294967296", "4294967550", "99999999999"])("the routing table %s is refused", (table) => {
  expect(unsafeTable(table, "checked")).toBe(
    `Cannot use "${table}" as routing table: a number from 1 to 4294967295 without the tables main (254) and local (255) (-r)`,
  );
});

// What is no number is reported with the routes, as upstream does.
test.each(["1", "133", "253", "256", "4294967295", "main", "", "0x85"])("the routing table %p is not", (table) => {
  expect(unsafeTable(table, "checked")).toBeUndefined();
});

test.each(["0", "0xfe", "0377", "main", "", "-1"])("the routing table %p of 1.6 is refused", (table) => {
  expect(unsafeTable(table, "plain")).toContain("as routing table");
});

test.each(["133", "0x85", "+85", "0205"])("the routing table %p of 1.6 is not", (table) => {
  expect(unsafeTable(table, "plain")).toBeUndefined();
});
