import type { X509Certificate } from "node:crypto";
import type { CertificateFacts, IssuedFacts } from "../../mesh/certificate.ts";
import { oneLine } from "../../mesh/peer-text.ts";
import { type PemBlock, pemBlocks, pemText } from "../../mesh/pem.ts";
import { certificateClass } from "./certificate-class.ts";

/** The types of PEM by which BoringSSL, and thus Envoy, knows a certificate. */
const CERTIFICATE = /^(?:(?:X509|TRUSTED) )?CERTIFICATE$/;

/** The tag of a version, which certificates of version 1 do not have (RFC 5280 §4.1), and from where a length is the number of its bytes. */
const VERSION_TAG = 0xa0;
const LONG_LENGTH = 0x80;

/** Returns what matters of the certificates that a CA has issued for a public key. */
export function issuedFacts(chain: readonly string[], publicKey: Uint8Array): IssuedFacts {
  const elements = chain.map(read);
  const [first] = elements.flatMap(({ blocks }) => blocks);
  const leaf = first?.certificate;
  const unusable = elements.findIndex((element) => !element.isLoadable);
  return {
    ...(unusable >= 0 && { unusable: unusable + 1 }),
    leaf: leaf === undefined ? `failed to ${first === undefined ? "decode" : "parse"} certificate` : factsOf(leaf),
    matchesKey: leaf !== undefined && publicKeyOf(leaf).equals(publicKey),
    roots: (elements.at(-1)?.blocks ?? []).flatMap(({ certificate }) => (certificate === undefined ? [] : [factsOf(certificate)])),
  };
}

/** Returns each certificate of a text as PEM, whether it can be parsed or not: what is no whole block is left out, as by Go. */
export function certificateTexts(text: string): readonly string[] {
  return pemBlocks(text).flatMap(({ type, bytes }) => (CERTIFICATE.test(type) ? pemText(type, bytes) : []));
}

/** Returns the certificates of a text that can be parsed, as PEM. */
export function usableRoots(text: string): string {
  const usable = pemBlocks(text).filter((block) => CERTIFICATE.test(block.type) && parse(block) !== undefined);
  return usable.map(({ type, bytes }) => pemText(type, bytes)).join("");
}

/** Returns the certificates of a text (PEM) that can be parsed. */
export function certificatesIn(text: string): readonly X509Certificate[] {
  return pemBlocks(text).flatMap((block) => (CERTIFICATE.test(block.type) ? (parse(block) ?? []) : []));
}

/** Returns whether Envoy can load a text: every block of PEM is a certificate. Text between blocks is no obstacle. */
export function isLoadable(text: string): boolean {
  return read(text).isLoadable;
}

/** A text of PEM, each block of which was parsed once. */
interface ReadText {
  readonly blocks: readonly { readonly certificate: X509Certificate | undefined }[];
  readonly isLoadable: boolean;
}

function read(text: string): ReadText {
  const blocks = pemBlocks(text).map((block) => ({ type: block.type, certificate: parse(block) }));
  const begun = text.match(/^-----BEGIN/gm)?.length ?? 0;
  const isComplete = blocks.every(({ type, certificate }) => CERTIFICATE.test(type) && certificate !== undefined);
  return { blocks, isLoadable: begun === blocks.length && !text.includes("\0") && isComplete };
}

/** Returns the text of the first private key of a text; undefined if there is none. */
export function privateKeyText(text: string): string | undefined {
  return pemBlocks(text).find(({ type }) => type === "PRIVATE KEY" || type.endsWith(" PRIVATE KEY"))?.text;
}

/** Returns why a certificate chain and a private key cannot be used together; undefined if they can. */
export function keyPairProblem(chain: string, key: string): string | undefined {
  const first = pemBlocks(chain).find(({ type }) => CERTIFICATE.test(type));
  if (first === undefined) return "the file of the certificate chain contains no certificate";
  const leaf = parse(first);
  if (leaf === undefined) return "the first certificate of the chain cannot be parsed";
  const privateKey = privateKeyText(key);
  if (privateKey === undefined) return "the file of the private key contains no private key";
  const publicKey = publicKeyFor(privateKey);
  if (publicKey === undefined) return "the private key cannot be parsed";
  const ofLeaf = publicKeyOf(leaf);
  if (ofLeaf.length === 0) return "the key of the certificate is of a kind that cannot be used";
  return ofLeaf.equals(publicKey) ? undefined : "the private key does not belong to the certificate";
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  const uri = /(?:^|, )URI:([^,]*)/.exec(certificate.subjectAltName ?? "")?.[1];
  return {
    notAfter: certificate.validToDate.getTime(),
    isAuthority: certificate.ca || isFirstVersionRoot(certificate),
    identity: oneLine(uri ?? (certificate.subject || "no name")),
  };
}

/** Reports whether a certificate is self-signed and of version 1, which has no extension that says what it may sign: Envoy trusts it. */
function isFirstVersionRoot({ raw, subject, issuer }: X509Certificate): boolean {
  return subject === issuer && raw[contentAt(raw, contentAt(raw, 0))] !== VERSION_TAG;
}

/** Returns where the content of a DER element begins. */
function contentAt(der: Uint8Array, at: number): number {
  const length = der[at + 1] ?? 0;
  return at + 2 + (length < LONG_LENGTH ? 0 : length - LONG_LENGTH);
}

/** Neither Go nor TLS accepts a certificate with bytes behind it. */
function parse({ bytes }: PemBlock): X509Certificate | undefined {
  try {
    const certificate = new (certificateClass())(bytes);
    return certificate.raw.length === bytes.length ? certificate : undefined;
  } catch {
    return undefined;
  }
}

function publicKeyOf(certificate: X509Certificate): Buffer {
  try {
    return certificate.publicKey.export({ type: "spki", format: "der" });
  } catch {
    return Buffer.alloc(0); // A kind of key that the runtime does not know.
  }
}

function publicKeyFor(privateKey: string): Uint8Array | undefined {
  const { createPrivateKey, createPublicKey }: typeof import("node:crypto") = require("node:crypto");
  try {
    return createPublicKey(createPrivateKey(privateKey)).export({ type: "spki", format: "der" });
  } catch {
    return undefined;
  }
}
