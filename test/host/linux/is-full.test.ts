import { expect, test } from "bun:test";
import { isFull } from "../../../src/host/linux/is-full.ts";

const share = () => 100;

test.each<[connections: number, most: number, shares: 1 | 2, isFull: boolean]>([
  [99, 512, 1, false],
  [100, 512, 1, true],
  [199, 2_048, 2, false],
  [200, 2_048, 2, true],
  [49, 50, 1, false],
  [50, 50, 1, true],
])("a listener with %d connections of %d, and %d shares of 100, is full: %p", (connections, most, shares, expected) => {
  expect(isFull(connections, most, shares, share)).toBe(expected);
});

test("a few connections are accepted without asking for the limit", () => {
  const asked = () => {
    throw new Error("asked");
  };
  expect(isFull(7, 512, 1, asked)).toBe(false);
  expect(() => isFull(8, 512, 1, asked)).toThrow("asked");
});

test("this process has descriptors for some", () => {
  expect(isFull(8, 512, 2)).toBe(false);
});
