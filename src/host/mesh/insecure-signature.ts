import type { X509Certificate } from "node:crypto";
import { oneLine } from "../../mesh/peer-text.ts";
import { certificateClass } from "./certificate-class.ts";
import { certificatesIn } from "./x509.ts";

/** A certificate as the runtime lists them: those that the server has sent, in their order, and the end of the chain. */
interface Listed {
  readonly raw: Uint8Array;
  /** The next of the list; itself at the end. */
  readonly issuerCertificate?: Listed;
}

/** A socket of TLS; the runtime's types omit the argument with which more than the first certificate is listed. */
interface PeerList {
  readonly getPeerCertificate: (isShort?: false) => object | undefined;
}

/** Algorithms that Go does not verify (crypto/x509), by their names in OpenSSL. BoringSSL accepts SHA-1. */
const INSECURE = /md[245]|sha1(?!\d)/i;

/**
 * Returns which certificate of a server's chain, which was verified, is signed with an algorithm that is not secure; undefined if none is.
 * `roots`: the certificates that are trusted (PEM), whatever they are signed with.
 */
export function insecureSignature(socket: PeerList, roots: string): string | undefined {
  const [leaf, ...others] = certificatesOf(socket);
  // What is trusted is not read as long as all is well.
  if (leaf === undefined || ![leaf, ...others].some(isInsecure)) return undefined;
  const way = wayFrom(leaf, new Set(others), certificatesIn(roots));
  if (typeof way === "string") return undefined;
  return `the certificate ${oneLine(way.subject)} is signed with ${way.signatureAlgorithm}, which is insecure`;
}

/** Where issuers lead: to what is trusted, to nothing that was sent, or to a certificate that is signed insecurely. */
type Way = "trusted" | "nowhere" | X509Certificate;

/**
 * Returns where a certificate leads by the best of its issuers: to what is trusted if any does, else to what is insecure if any does. Issuers
 * are taken out of the others, so that no loop of them is followed.
 */
function wayFrom(certificate: X509Certificate, others: Set<X509Certificate>, trusted: readonly X509Certificate[]): Way {
  if (isEnd(certificate, trusted)) return "trusted";
  if (isInsecure(certificate)) return certificate;
  let best: Way = "nowhere";
  for (const issuer of others) {
    if (!isSignedBy(certificate, issuer)) continue;
    others.delete(issuer);
    const way = wayFrom(issuer, others, trusted);
    if (way === "trusted") return way;
    if (best === "nowhere") best = way;
  }
  return best;
}

function certificatesOf(socket: PeerList): readonly X509Certificate[] {
  const certificates: X509Certificate[] = [];
  let at = socket.getPeerCertificate(false) as Listed | undefined; // As `false` makes it.
  while (at?.raw !== undefined) {
    certificates.push(new (certificateClass())(at.raw));
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate;
  }
  return certificates;
}

function isInsecure({ signatureAlgorithm = "" }: X509Certificate): boolean {
  return INSECURE.test(signatureAlgorithm);
}

/** Reports whether nothing above a certificate is verified: it is trusted, or was signed by one that is, and not insecurely. */
function isEnd(certificate: X509Certificate, trusted: readonly X509Certificate[]): boolean {
  const { raw } = certificate;
  return trusted.some((each) => each.raw.equals(raw) || (!isInsecure(certificate) && isSignedBy(certificate, each)));
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false; // A kind of key that the runtime does not know.
  }
}
