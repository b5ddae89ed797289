import { createPrivateKey, createPublicKey, generateKeyPair, generatePrime, type KeyObject, sign } from "node:crypto";
import { certificateRequest, requestInfo, type SignatureAlgorithm } from "../../mesh/csr.ts";
import type { CertificateRequest, UsableKey, Wanted } from "../../mesh/key-maker.ts";
import { isOfTwoPrimes, type RsaKey, rsaKeyOf } from "../../mesh/rsa-key.ts";

/** Makes a key, on threads of the runtime, and a request for an identity. @throws Error if the runtime cannot make the key */
export async function requestCertificate({ plan, identity }: Wanted): Promise<CertificateRequest> {
  const privateKey = await makeKey(plan);
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ type: "spki", format: "der" }));
  const algorithm = algorithmOf(plan);
  const info = requestInfo(publicKey, identity);
  const csr = certificateRequest(info, algorithm, sign(algorithm.endsWith("384") ? "sha384" : "sha256", info, privateKey));
  const type = plan.pkcs8 ? "pkcs8" : plan.kind === "rsa" ? "pkcs1" : "sec1";
  return { csr, key: privateKey.export({ type, format: "pem" }).toString(), publicKey };
}

function makeKey(plan: UsableKey): Promise<KeyObject> {
  if (plan.kind === "rsa" && isOfTwoPrimes(plan.bits)) return keyOfTwoPrimes(plan.bits);
  return new Promise((resolve, reject) => {
    const made = (error: Error | null, _: KeyObject, key: KeyObject) => (error === null ? resolve(key) : reject(error));
    if (plan.kind === "rsa") generateKeyPair("rsa", { modulusLength: plan.bits }, made);
    else generateKeyPair("ec", { namedCurve: plan.curve }, made);
  });
}

/** Makes an RSA key of two primes, which are found at the same time. */
async function keyOfTwoPrimes(bits: number): Promise<KeyObject> {
  let key: RsaKey | undefined;
  while (key === undefined) {
    const [p, q] = await Promise.all([makePrime(bits / 2), makePrime(bits / 2)]);
    key = rsaKeyOf(p, q, bits);
  }
  // This also verifies that the numbers belong together.
  return createPrivateKey({ format: "jwk", key: { ...key } });
}

function makePrime(bits: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    // Without an error, the runtime passes undefined, whatever the types say.
    generatePrime(bits, { bigint: true }, (error, prime) => (error ? reject(error) : resolve(prime)));
  });
}

function algorithmOf(plan: UsableKey): SignatureAlgorithm {
  if (plan.kind === "rsa") return "rsa-sha256";
  return plan.curve === "P-384" ? "ecdsa-sha384" : "ecdsa-sha256";
}
