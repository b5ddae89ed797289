/** Numbers that have a factor below this are no candidates: with a higher bound, removing more takes longer than testing them. */
export const FACTOR_BOUND = 16_384;
/** How many odd numbers are looked at: 23 times as many as there are between two primes of 1,024 bits on average. */
const WINDOW = 8_192;
let knownPrimes: readonly number[] | undefined;

/**
 * Returns where to look for a prime of so many bits: an odd number whose two highest bits are set, so that the product of two such primes
 * has twice as many bits. All other bits are random.
 */
export function searchStart(bits: number, random: Uint8Array): bigint {
  return BigInt.asUintN(bits, BigInt(`0x${random.toHex()}`)) | (3n << BigInt(bits - 2)) | 1n;
}

/** Returns the odd numbers from an odd number on that have no small factor, in order. The first must be larger than the bound of factors. */
export function* primeCandidates(first: bigint): Generator<bigint> {
  const isComposite = new Uint8Array(WINDOW);
  knownPrimes ??= smallPrimes();
  const primes = knownPrimes;
  for (let at = 0; at < primes.length; ) {
    const { product, end } = productFrom(primes, at);
    // One division of a large number for several primes.
    const rest = Number(first % BigInt(product));
    for (; at < end; at++) {
      const prime = primes[at] ?? 1;
      // The distance to the next multiple that is odd.
      const distance = (prime - (rest % prime)) % prime;
      for (let index = (distance % 2 === 0 ? distance : distance + prime) / 2; index < WINDOW; index += prime) isComposite[index] = 1;
    }
  }
  for (let index = 0; index < WINDOW; index++) if (isComposite[index] === 0) yield first + 2n * BigInt(index);
}

/** Returns the product of as many primes from a place on as make an exact number, and the place after them. */
function productFrom(primes: readonly number[], start: number): { readonly product: number; readonly end: number } {
  let product = 1;
  let end = start;
  for (let prime = primes[end]; prime !== undefined && product * prime <= Number.MAX_SAFE_INTEGER; prime = primes[++end]) product *= prime;
  return { product, end };
}

/** Finds the odd primes below the bound (sieve of Eratosthenes). */
function smallPrimes(): readonly number[] {
  const isComposite = new Uint8Array(FACTOR_BOUND);
  const primes: number[] = [];
  for (let number = 3; number < FACTOR_BOUND; number += 2) {
    if (isComposite[number] === 1) continue;
    primes.push(number);
    for (let multiple = number * number; multiple < FACTOR_BOUND; multiple += 2 * number) isComposite[multiple] = 1;
  }
  return primes;
}
