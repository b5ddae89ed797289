/** An RSA private key in the form of JSON Web Key. */
export interface RsaKey {
  readonly kty: "RSA";
  readonly n: string;
  readonly e: string;
  readonly d: string;
  readonly p: string;
  readonly q: string;
  readonly dp: string;
  readonly dq: string;
  readonly qi: string;
}

const EXPONENT = 65_537n;
/** The two primes differ in one of so many leading bits. */
const DISTANCE = 100n;
/** The largest RSA key that the runtime accepts, in bits. */
const LARGEST = 16_384;

/** Reports whether a key of this size can be made of two primes of half the size. */
export function isOfTwoPrimes(bits: number): boolean {
  return bits % 2 === 0 && bits <= LARGEST;
}

/**
 * Returns the RSA key of two primes; undefined unless they meet the conditions for a key of that many bits: size and distance of the
 * primes, and size of the private exponent (FIPS 186-5, A.1.1 and A.1.3).
 */
export function rsaKeyOf(first: bigint, second: bigint, bits: number): RsaKey | undefined {
  const [p, q] = first > second ? [first, second] : [second, first];
  const half = BigInt(bits) / 2n;
  // √2·2^(half - 1) ≤ q < p < 2^half: the product has exactly as many bits as requested.
  if (q * q < 1n << (2n * half - 1n) || p >= 1n << half) return undefined;
  if (p - q <= 1n << (half - DISTANCE)) return undefined;
  // As the exponent is a prime, it divides a number, or has no factor in common with it.
  if ((p - 1n) % EXPONENT === 0n || (q - 1n) % EXPONENT === 0n) return undefined;
  const d = inverse(EXPONENT, ((p - 1n) * (q - 1n)) / commonDivisor(p - 1n, q - 1n));
  if (d <= 1n << half) return undefined;
  return {
    kty: "RSA",
    n: encode(p * q),
    e: encode(EXPONENT),
    d: encode(d),
    p: encode(p),
    q: encode(q),
    dp: encode(d % (p - 1n)),
    dq: encode(d % (q - 1n)),
    qi: encode(inverse(q, p)),
  };
}

function commonDivisor(first: bigint, second: bigint): bigint {
  let [a, b] = [first, second];
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

/** Returns the number by which a product is 1 modulo another number, with which the first one has no factor in common. */
function inverse(number: bigint, modulus: bigint): bigint {
  let [rest, next] = [modulus, number % modulus];
  let [factor, nextFactor] = [0n, 1n];
  while (next > 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return factor < 0n ? factor + modulus : factor;
}

/** Encodes a positive number: its bytes, the most significant first, as base64url. */
function encode(number: bigint): string {
  const digits = number.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex").toString("base64url");
}
