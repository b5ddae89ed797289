import { expect, test } from "bun:test";
import { type ConnectionLimits, isFull } from "../../../src/host/linux/is-full.ts";

const share = () => 100;

test.each<[connections: number, limits: ConnectionLimits, isFull: boolean]>([
  [99, { most: 512, shares: 1, descriptors: 1 }, false],
  [100, { most: 512, shares: 1, descriptors: 1 }, true],
  [49, { most: 512, shares: 1, descriptors: 2 }, false],
  [50, { most: 512, shares: 1, descriptors: 2 }, true],
  [66, { most: 2_048, shares: 2, descriptors: 3 }, false],
  [67, { most: 2_048, shares: 2, descriptors: 3 }, true],
  [49, { most: 50, shares: 1, descriptors: 1 }, false],
  [50, { most: 50, shares: 1, descriptors: 1 }, true],
])("a listener with %d connections and the limits %o, of shares of 100, is full: %p", (connections, limits, expected) => {
  expect(isFull(connections, limits, share)).toBe(expected);
});

const LIMITS: ConnectionLimits = { most: 512, shares: 1, descriptors: 1 };

test("a few connections are accepted without asking for the limit", () => {
  const asked = () => {
    throw new Error("asked");
  };
  expect(isFull(7, LIMITS, asked)).toBe(false);
  expect(() => isFull(8, LIMITS, asked)).toThrow("asked");
});

test("this process has descriptors for some", () => {
  expect(isFull(8, { ...LIMITS, shares: 2 })).toBe(false);
});
