import { expect, test } from "bun:test";

test("the steps of the long mode know that every case is wanted", () => {
  expect(process.env["ATTACHE_ALL_CASES"]).toBe("1");
});
