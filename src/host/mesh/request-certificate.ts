import { createPrivateKey, createPublicKey, generateKeyPair, generatePrime, type KeyObject, sign } from "node:crypto";
import { certificateRequest, requestInfo, type SignatureAlgorithm } from "../../mesh/csr.ts";
import type { CertificateRequest, UsableKey, Wanted } from "../../mesh/key-maker.ts";
import { isOfTwoPrimes, type RsaKey, rsaKeyOf } from "../../mesh/rsa-key.ts";

/** Finds a random prime of so many bits, with the two highest of them set. */
export type PrimeSource = (bits: number) => bigint | Promise<bigint>;

/**
 * Makes a key and a request for an identity: on threads of the runtime, unless primes come from elsewhere. @throws Error if the runtime
 * cannot make the key
 */
export async function requestCertificate({ plan, identity }: Wanted, primes: PrimeSource = generatedPrime): Promise<CertificateRequest> {
  const privateKey = await makeKey(plan, primes);
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ type: "spki", format: "der" }));
  const algorithm = algorithmOf(plan);
  const info = requestInfo(publicKey, identity);
  const csr = certificateRequest(info, algorithm, sign(algorithm.endsWith("384") ? "sha384" : "sha256", info, privateKey));
  const type = plan.pkcs8 ? "pkcs8" : plan.kind === "rsa" ? "pkcs1" : "sec1";
  return { csr, key: privateKey.export({ type, format: "pem" }).toString(), publicKey };
}

function makeKey(plan: UsableKey, primes: PrimeSource): Promise<KeyObject> {
  if (plan.kind === "rsa" && isOfTwoPrimes(plan.bits)) return keyOfTwoPrimes(plan.bits, primes);
  return new Promise((resolve, reject) => {
    const made = (error: Error | null, _: KeyObject, key: KeyObject) => (error === null ? resolve(key) : reject(error));
    if (plan.kind === "rsa") generateKeyPair("rsa", { modulusLength: plan.bits }, made);
    else generateKeyPair("ec", { namedCurve: plan.curve }, made);
  });
}

/** Makes an RSA key of two primes, which are found at the same time if their source has threads. */
async function keyOfTwoPrimes(bits: number, primes: PrimeSource): Promise<KeyObject> {
  let key: RsaKey | undefined;
  while (key === undefined) {
    const [p, q] = await Promise.all([primes(bits / 2), primes(bits / 2)]);
    key = rsaKeyOf(p, q, bits);
  }
  // This also verifies that the numbers belong together.
  return createPrivateKey({ format: "jwk", key: { ...key } });
}

/** Lets the library find a prime, on a thread of the runtime. */
export function generatedPrime(bits: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    // Without an error, the runtime passes undefined, whatever the types say.
    generatePrime(bits, { bigint: true }, (error, prime) => (error ? reject(error) : resolve(prime)));
  });
}

function algorithmOf(plan: UsableKey): SignatureAlgorithm {
  if (plan.kind === "rsa") return "rsa-sha256";
  return plan.curve === "P-384" ? "ecdsa-sha384" : "ecdsa-sha256";
}
