import { generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { certificateRequest, requestInfo, type SignatureAlgorithm } from "../../mesh/csr.ts";
import type { KeyPlan } from "../../mesh/mesh-plan.ts";

/** A new private key and the certificate request for it, both as PEM, and the public key (SubjectPublicKeyInfo). */
export interface CertificateRequest {
  readonly csr: string;
  readonly key: string;
  readonly publicKey: Uint8Array;
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** Makes a key on a thread of the runtime, and a request for an identity. @throws Error if the plan has no key to make */
export async function requestCertificate(plan: KeyPlan, identity: string): Promise<CertificateRequest> {
  if (plan.kind === "none") throw new Error(plan.problem);
  const { publicKey, privateKey } = await makeKeys(plan);
  const encoded = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const algorithm = algorithmOf(plan);
  const info = requestInfo(encoded, identity);
  const csr = certificateRequest(info, algorithm, sign(algorithm.endsWith("384") ? "sha384" : "sha256", info, privateKey));
  const type = plan.pkcs8 ? "pkcs8" : plan.kind === "rsa" ? "pkcs1" : "sec1";
  return { csr, key: privateKey.export({ type, format: "pem" }).toString(), publicKey: encoded };
}

type UsableKey = Exclude<KeyPlan, { readonly kind: "none" }>;

function makeKeys(plan: UsableKey): Promise<KeyPair> {
  return plan.kind === "rsa" ? generate("rsa", { modulusLength: plan.bits }) : generate("ec", { namedCurve: plan.curve });
}

function algorithmOf(plan: UsableKey): SignatureAlgorithm {
  if (plan.kind === "rsa") return "rsa-sha256";
  return plan.curve === "P-384" ? "ecdsa-sha384" : "ecdsa-sha256";
}
