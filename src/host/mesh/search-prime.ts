import { checkPrimeSync } from "node:crypto";
import { primeCandidates, searchStart } from "../../mesh/prime-candidates.ts";

/** Rounds of the Miller-Rabin test: more than FIPS 186-5, Table B.1, requires of any size. The library makes as many in any case. */
const ROUNDS = 16;

/**
 * Finds a prime whose two highest bits are set, without leaving this thread: the first after a random number, as the library finds its own.
 * Fewer numbers have to be tested, because those with small factors are removed further up.
 */
export function searchPrime(bits: number): bigint {
  for (;;) {
    const start = searchStart(bits, crypto.getRandomValues(new Uint8Array(Math.ceil(bits / 8))));
    for (const candidate of primeCandidates(start)) if (checkPrimeSync(candidate, { checks: ROUNDS })) return candidate;
  }
}
