import { describe, expect, test } from "bun:test";
import { createPrivateKey, createPublicKey, generatePrimeSync, sign, verify } from "node:crypto";
import { isOfTwoPrimes, type RsaKey, rsaKeyOf } from "../../src/mesh/rsa-key.ts";
import { opensslCheck } from "../support/openssl-check.ts";

const numberOf = (text: string) => BigInt(`0x${Buffer.from(text, "base64url").toString("hex")}`);
const prime = (bits: number) => generatePrimeSync(bits, { bigint: true });

/** Returns a prime at or after a number, with a condition on it. */
function primeAfter(start: bigint, fits: (prime: bigint) => boolean = () => true): bigint {
  const isPrime = (number: bigint) => [2n, 3n, 5n, 7n, 11n, 13n, 17n].every((base) => power(base, number - 1n, number) === 1n);
  let found = start | 1n;
  while (!fits(found) || !isPrime(found)) found += 2n;
  return found;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const digit of exponent.toString(2)) result = ((digit === "1" ? base : 1n) * result * result) % modulus;
  return result;
}

/** Half the bits of the keys of the table. */
const HALF = 256;
const P = primeAfter(0xf0n << BigInt(HALF - 8));
const Q = primeAfter(0xc0n << BigInt(HALF - 8));

describe("rsaKeyOf", () => {
  test.each<[name: string, p: bigint, q: bigint, bits: number, isKey: boolean]>([
    ["two primes of half the size", P, Q, 2 * HALF, true],
    ["in the other order", Q, P, 2 * HALF, true],
    ["a product that is too short", P, primeAfter(0xb4n << BigInt(HALF - 8)), 2 * HALF, false],
    ["one that is just long enough", P, primeAfter(0xb6n << BigInt(HALF - 8)), 2 * HALF, true],
    ["one prime of another size", P, primeAfter(1n << BigInt(HALF)), 2 * HALF, false],
    ["primes for another size", P, Q, 2 * HALF + 2, false],
    ["the same prime twice", P, P, 2 * HALF, false],
    ["two that are close together", P, primeAfter(P + 2n), 2 * HALF, false],
    ["two that are just too close", P, primeAfter(P - (1n << BigInt(HALF - 100))), 2 * HALF, false],
    ["two that are just far enough", P, primeAfter(P - (1n << BigInt(HALF - 100)) - 4_096n), 2 * HALF, true],
    ["a prime by which the exponent has no inverse", primeAfter(P, (each) => each % 65_537n === 1n), Q, 2 * HALF, false],
    ["the other one", P, primeAfter(Q, (each) => each % 65_537n === 1n), 2 * HALF, false],
  ])("%s", (_, p, q, bits, isKey) => {
    expect(rsaKeyOf(p, q, bits) !== undefined).toBe(isKey);
  });

  test.each([1_024, 1_030, 2_048])("keys of %i bits from random primes: right numbers, accepted by openssl, sign and verify", (bits) => {
    for (let time = 0; time < 8; time++) {
      const made = rsaKeyOf(prime(bits / 2), prime(bits / 2), bits);
      if (made === undefined) throw new Error("the primes do not fit");
      expectNumbers(made, bits);
      const key = createPrivateKey({ format: "jwk", key: { ...made } });
      expect(opensslCheck(key.export({ type: "pkcs1", format: "pem" }).toString())).toContain("RSA key ok");
      const text = Buffer.from(`text ${time}`);
      const signature = sign("sha256", text, key);
      expect(verify("sha256", text, createPublicKey(key), signature)).toBe(true);
      expect(verify("sha256", Buffer.from("another"), createPublicKey(key), signature)).toBe(false);
    }
  });
});

function expectNumbers(key: RsaKey, bits: number): void {
  const [n, e, d, p, q, dp, dq, qi] = [key.n, key.e, key.d, key.p, key.q, key.dp, key.dq, key.qi].map(numberOf) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  expect(n.toString(2)).toHaveLength(bits);
  expect([n === p * q, e === 65_537n, p > q]).toEqual([true, true, true]);
  expect([(d * e) % (p - 1n), (d * e) % (q - 1n)]).toEqual([1n, 1n]);
  // No smaller than the limit, and the smallest of its kind: below the least common multiple, which is at most half the product.
  expect(d > 1n << BigInt(bits / 2)).toBe(true);
  expect(2n * d < (p - 1n) * (q - 1n)).toBe(true);
  expect([dp === d % (p - 1n), dq === d % (q - 1n), (qi * q) % p]).toEqual([true, true, 1n]);
}

test.each([
  [2_048, true],
  [3_000, true],
  [3_072, true],
  [16_384, true],
  [2_049, false],
  [16_386, false],
])("a key of %i bits is of two primes of half the size: %p", (bits, expected) => {
  expect(isOfTwoPrimes(bits)).toBe(expected);
});
