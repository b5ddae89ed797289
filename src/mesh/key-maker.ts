import type { KeyPlan } from "./mesh-plan.ts";
import { pemBlocks, pemText } from "./pem.ts";

/** A key that can be made. */
export type UsableKey = Exclude<KeyPlan, { readonly kind: "none" }>;

/** A new private key and the certificate request for it, both as PEM, and the public key (SubjectPublicKeyInfo). */
export interface CertificateRequest {
  readonly csr: string;
  readonly key: string;
  readonly publicKey: Uint8Array;
}

/** What is made: a key, and a request for an identity. */
export interface Wanted {
  readonly plan: UsableKey;
  readonly identity: string;
}

/** Makes a new key and its certificate request. @throws Error if the plan has no key to make, or the runtime cannot make it */
export type KeySource = () => Promise<CertificateRequest>;

const CURVES = ["P-256", "P-384"] as const;
const REQUEST = "CERTIFICATE REQUEST";
const PUBLIC_KEY = "PUBLIC KEY";

/** Returns the arguments of the process that makes a key. */
export function keyArguments({ plan, identity }: Wanted): readonly string[] {
  return [plan.kind === "rsa" ? String(plan.bits) : plan.curve, keyType(plan), identity];
}

/** Returns what such arguments request; undefined if they are none. No key has fewer than 1,000 bits: of very small primes there is none. */
export function wantedBy(values: readonly string[]): Wanted | undefined {
  const [size = "", type, identity] = values;
  const curve = CURVES.find((each) => each === size);
  const pkcs8 = type === "PRIVATE KEY";
  const plan: UsableKey = curve === undefined ? { kind: "rsa", bits: Number(size), pkcs8 } : { kind: "ec", curve, pkcs8 };
  const isKnown = values.length === 3 && type === keyType(plan) && (curve !== undefined || /^[1-9]\d{3,8}$/.test(size));
  return isKnown && identity !== undefined ? { plan, identity } : undefined;
}

/** Returns what that process writes: three blocks of PEM. */
export function requestText({ csr, key, publicKey }: CertificateRequest): string {
  return csr + key + pemText(PUBLIC_KEY, publicKey);
}

/** Returns what such a text contains; undefined unless it is a request with a key of the requested kind. */
export function requestOf(text: string, plan: UsableKey): CertificateRequest | undefined {
  const [csr, key, publicKey, ...more] = pemBlocks(text);
  if (csr?.type !== REQUEST || key?.type !== keyType(plan) || publicKey?.type !== PUBLIC_KEY || more.length > 0) return undefined;
  return { csr: `${csr.text}\n`, key: `${key.text}\n`, publicKey: publicKey.bytes };
}

/** The PEM type of a private key. */
function keyType({ kind, pkcs8 }: UsableKey): string {
  return pkcs8 ? "PRIVATE KEY" : kind === "rsa" ? "RSA PRIVATE KEY" : "EC PRIVATE KEY";
}
