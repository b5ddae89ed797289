import { expect, test } from "bun:test";

test("the steps of the long mode run every case", () => {
  expect(process.env["ATTACHE_ALL_CASES"]).toBe("1");
});
