import { generateKeyPair, type KeyObject, sign } from "node:crypto";
import { certificateRequest, requestInfo, type SignatureAlgorithm } from "../../mesh/csr.ts";
import type { KeyPlan } from "../../mesh/mesh-plan.ts";

/** A new private key and the certificate request for it, both as PEM, and the public key (SubjectPublicKeyInfo). */
export interface CertificateRequest {
  readonly csr: string;
  readonly key: string;
  readonly publicKey: Uint8Array;
}

/** A new key pair. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/**
 * Makes a request for an identity, with a key that is made on a thread of the runtime, or was made ahead. @throws Error if the plan has no
 * key to make
 */
export async function requestCertificate(plan: KeyPlan, identity: string, ahead?: Promise<KeyPair>): Promise<CertificateRequest> {
  if (plan.kind === "none") throw new Error(plan.problem);
  const { publicKey, privateKey } = await (ahead ?? makeKeys(plan));
  const encoded = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const algorithm = algorithmOf(plan);
  const info = requestInfo(encoded, identity);
  const csr = certificateRequest(info, algorithm, sign(algorithm.endsWith("384") ? "sha384" : "sha256", info, privateKey));
  const type = plan.pkcs8 ? "pkcs8" : plan.kind === "rsa" ? "pkcs1" : "sec1";
  return { csr, key: privateKey.export({ type, format: "pem" }).toString(), publicKey: encoded };
}

/** Begins to make a key before it is needed; undefined if the plan has none to make. */
export function makeKeysAhead(plan: KeyPlan): Promise<KeyPair> | undefined {
  const keys = plan.kind === "none" ? undefined : makeKeys(plan);
  // A failure is reported where the key is used.
  keys?.catch(() => {});
  return keys;
}

type UsableKey = Exclude<KeyPlan, { readonly kind: "none" }>;

function makeKeys(plan: UsableKey): Promise<KeyPair> {
  return new Promise((resolve, reject) => {
    const made = (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) =>
      error === null ? resolve({ publicKey, privateKey }) : reject(error);
    if (plan.kind === "rsa") generateKeyPair("rsa", { modulusLength: plan.bits }, made);
    else generateKeyPair("ec", { namedCurve: plan.curve }, made);
  });
}

function algorithmOf(plan: UsableKey): SignatureAlgorithm {
  if (plan.kind === "rsa") return "rsa-sha256";
  return plan.curve === "P-384" ? "ecdsa-sha384" : "ecdsa-sha256";
}
