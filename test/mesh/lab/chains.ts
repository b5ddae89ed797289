import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const HOUR = 3_600_000;
const EC = { name: "ECDSA", namedCurve: "P-256" } as const;
const RSA = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]) } as const;

/** A certificate with its keys. */
export interface Issued {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

/** How a certificate is made. */
export interface Made {
  readonly subject: string;
  /** Who signs it; absent: itself. */
  readonly issuer?: Issued;
  /** Its keys; absent: new ones. */
  readonly keys?: CryptoKeyPair;
  readonly extensions?: readonly x509.Extension[];
  /** How long it is valid, in milliseconds; in the past if it is negative. */
  readonly life?: number;
  readonly hash?: "SHA-1" | "SHA-256";
  readonly kind?: "ec" | "rsa";
}

/** The extensions of a certificate authority. */
export const AUTHORITY = [
  new x509.BasicConstraintsExtension(true, undefined, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
];

/** Returns the extensions of a server. */
export function serverOf(name: string, usages: readonly string[] = [x509.ExtendedKeyUsage.serverAuth]): readonly x509.Extension[] {
  return [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }]), new x509.ExtendedKeyUsageExtension([...usages])];
}

/** Makes a certificate for the chains that the laboratory's own authority does not have. */
export async function issue({ subject, issuer, life = 24 * HOUR, hash = "SHA-256", kind = "ec", ...made }: Made): Promise<Issued> {
  const keys = made.keys ?? (await newKeys(kind));
  const signer = await signerOf((issuer?.keys ?? keys).privateKey, hash);
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: signer,
    signingAlgorithm: { ...signer.algorithm, hash },
    extensions: [...(made.extensions ?? AUTHORITY)],
    notBefore: new Date(Date.now() - 2 * HOUR),
    notAfter: new Date(Date.now() + life),
  });
  return { certificate, keys };
}

/** Returns certificates as PEM, in this order. */
export function pemOf(...issued: readonly Issued[]): string {
  return issued.map(({ certificate }) => `${certificate.toString("pem")}\n`).join("");
}

/** Returns the private key of a certificate as PEM. */
export async function keyOf({ keys }: Issued): Promise<string> {
  const bytes = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return `-----BEGIN PRIVATE KEY-----\n${bytes.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END PRIVATE KEY-----\n`;
}

function newKeys(kind: "ec" | "rsa"): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(kind === "ec" ? EC : { ...RSA, hash: "SHA-256" }, true, ["sign", "verify"]);
}

/** Returns a key that signs with a hash function: an RSA key of Web Crypto has one for good. */
async function signerOf(key: CryptoKey, hash: string): Promise<CryptoKey> {
  if (key.algorithm.name === EC.name) return key;
  return crypto.subtle.importKey("pkcs8", await crypto.subtle.exportKey("pkcs8", key), { name: RSA.name, hash }, false, ["sign"]);
}
