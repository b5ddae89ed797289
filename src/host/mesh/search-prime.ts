import { checkPrimeSync } from "node:crypto";
import { primeCandidates, searchStart } from "../../mesh/prime-candidates.ts";

/** Rounds of the Miller-Rabin test: FIPS 186-5, Table B.1, requires 5 for primes of 1,024 bits. The library makes 16 at least. */
const ROUNDS = 7;

/**
 * Finds a prime whose two highest bits are set, without leaving this thread: the first after a random number, as the library finds its own.
 * Fewer have to be tested than there, because more of those that have a small factor are left out.
 */
export function searchPrime(bits: number): bigint {
  for (;;) {
    const start = searchStart(bits, crypto.getRandomValues(new Uint8Array(Math.ceil(bits / 8))));
    for (const candidate of primeCandidates(start)) if (checkPrimeSync(candidate, { checks: ROUNDS })) return candidate;
  }
}
