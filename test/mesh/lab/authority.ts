import { isIP } from "node:net";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** A certificate authority with a root and an intermediate, as a mesh has them. */
export interface Authority {
  /** The root certificate as PEM. */
  readonly root: string;
  /**
   * Signs a request for the identity of its caller, whatever names it has, as istiod does.
   * @returns the chain as PEM: leaf, intermediate, root
   */
  readonly sign: (request: string, identity: string, seconds: number) => Promise<readonly string[]>;
  /** Makes a key and a certificate for a server with DNS names or addresses. */
  readonly server: (names: readonly string[], seconds?: number) => Promise<{ readonly key: string; readonly chain: string }>;
  /** Returns the files of a CA that is plugged into istiod: the intermediate with its key, the chain above it, and the root. */
  readonly plugIn: () => Promise<Readonly<Record<string, string>>>;
  /** Makes a key and a certificate for a workload. */
  readonly workload: (identity: string, seconds?: number) => Promise<{ readonly key: string; readonly chain: string }>;
}

/** Creates a certificate authority whose root is valid for two days. */
export async function createAuthority(name = "lab"): Promise<Authority> {
  const [rootKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const isCa = [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ];
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `O=${name}, CN=root`,
    keys: rootKeys,
    signingAlgorithm: EC,
    extensions: isCa,
    ...validity(48 * HOUR),
  });
  const intermediate = await x509.X509CertificateGenerator.create({
    subject: `O=${name}, CN=intermediate`,
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: EC,
    extensions: isCa,
    ...validity(47 * HOUR),
  });
  const rootText = pem(root);
  const issue = async (publicKey: x509.PublicKeyType, names: readonly x509.JsonGeneralName[], life: number): Promise<readonly string[]> => {
    const leaf = await x509.X509CertificateGenerator.create({
      subject: `O=${name}`,
      issuer: intermediate.subject,
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: EC,
      extensions: [
        new x509.SubjectAlternativeNameExtension([...names], true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ],
      ...validity(life),
    });
    return [pem(leaf), pem(intermediate), rootText];
  };
  const withKey = async (names: readonly x509.JsonGeneralName[], life: number) => {
    const pair = await newKeys();
    const [leaf = "", middle = ""] = await issue(pair.publicKey, names, life);
    const exported = Buffer.from(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
    return { key: pemOf("PRIVATE KEY", exported), chain: leaf + middle };
  };
  return {
    root: rootText,
    async sign(request, identity, seconds) {
      const parsed = new x509.Pkcs10CertificateRequest(request);
      if (!(await parsed.verify())) throw new Error("the signature of the request is wrong");
      return issue(parsed.publicKey, [{ type: "url", value: identity }], seconds * SECOND);
    },
    server: (names, seconds = 86_400) =>
      withKey(
        names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
        seconds * SECOND,
      ),
    async plugIn() {
      const key = pemOf("PRIVATE KEY", Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)));
      const own = pem(intermediate);
      return { "root-cert.pem": rootText, "ca-cert.pem": own, "ca-key.pem": key, "cert-chain.pem": own + rootText };
    },
    workload: (identity, seconds = 86_400) => withKey([{ type: "url", value: identity }], seconds * SECOND),
  };
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
}

/** A certificate begins two minutes in the past, as those of istiod do. */
function validity(life: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - 120 * SECOND), notAfter: new Date(Date.now() + life) };
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

function pemOf(kind: string, der: Buffer): string {
  return `-----BEGIN ${kind}-----\n${der.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END ${kind}-----\n`;
}
