import { describe, expect, test } from "bun:test";
import { FACTOR_BOUND, primeCandidates, searchStart } from "../../src/mesh/prime-candidates.ts";

/** Odd numbers that are looked at. */
const NUMBERS = 8_192;

/** Returns whether a number has a common divisor with all odd numbers below the bound together. */
function hasSmallFactor(number: bigint): boolean {
  for (let [a, b] = [ODD_PRODUCT, number % ODD_PRODUCT]; ; [a, b] = [b, a % b]) if (b === 0n) return a !== 1n;
}

/** The product of all odd numbers below the bound: a number has a common divisor with it if it has a factor below the bound, and only then. */
const ODD_PRODUCT = (() => {
  const numbers = Array.from({ length: FACTOR_BOUND / 2 }, (_, index) => BigInt(2 * index + 1));
  while (numbers.length > 1) numbers.splice(0, numbers.length, ...pairs(numbers));
  return numbers[0] ?? 1n;
})();

function pairs(numbers: readonly bigint[]): readonly bigint[] {
  return Array.from({ length: Math.ceil(numbers.length / 2) }, (_, index) => (numbers[2 * index] ?? 1n) * (numbers[2 * index + 1] ?? 1n));
}

describe("primeCandidates", () => {
  test.each<[string, bigint]>([
    ["the smallest number", BigInt(FACTOR_BOUND + 1)],
    ["a power of two, and one", (1n << 512n) + 1n],
    ["a multiple of many small primes", 3n * 5n * 7n * 11n * 13n * 16_381n * ((1n << 200n) + 1n)],
    ["a random one", searchStart(1_024, crypto.getRandomValues(new Uint8Array(128)))],
  ])("all odd numbers without a small factor, in order: %s", (_, first) => {
    const all = Array.from({ length: NUMBERS }, (_, index) => first + 2n * BigInt(index));
    const expected = all.filter((each) => !hasSmallFactor(each));
    expect(expected.length).toBeGreaterThan(100);
    expect([...primeCandidates(first)]).toEqual(expected);
  });
});

describe("searchStart", () => {
  test.each([500, 515, 1_024])("%i bits: the two highest and the lowest are set, the others are random", (bits) => {
    const bytes = Math.ceil(bits / 8);
    const least = (3n << BigInt(bits - 2)) | 1n;
    expect(searchStart(bits, new Uint8Array(bytes))).toBe(least);
    expect(searchStart(bits, new Uint8Array(bytes).fill(255))).toBe((1n << BigInt(bits)) - 1n);
    for (let bit = 0; bit < bits; bit++) {
      const random = new Uint8Array(bytes);
      random[bytes - 1 - (bit >> 3)] = 1 << (bit & 7);
      expect(searchStart(bits, random)).toBe(least | (1n << BigInt(bit)));
    }
  });
});
