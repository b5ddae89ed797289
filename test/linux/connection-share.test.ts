import { expect, test } from "bun:test";
import { connectionShare } from "../../src/linux/connection-share.ts";

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             5                    5                    processes \nMax open files            ${soft.padEnd(20)} 1048576              files     \n`;

test.each([
  ["1024", 240],
  ["1048576", 262_128],
  ["128", 16],
  ["20", 8],
  ["unlimited", Number.POSITIVE_INFINITY],
])("with %s open files, each listener may have %d connections", (soft, share) => {
  expect(connectionShare(limits(soft))).toBe(share);
});

test("where the limits are unknown there is none", () => {
  expect(connectionShare("")).toBe(Number.POSITIVE_INFINITY);
});
