import type { X509Certificate } from "node:crypto";

/** The runtime's class of certificates. */
export type CertificateClass = typeof X509Certificate;

let known: CertificateClass | undefined;

/**
 * Keeps the class of the certificate that a TLS connection has. It is the one of `node:crypto`, without importing that, which takes memory
 * for good.
 */
export function keepClassOf(certificate: X509Certificate): void {
  // Its type is that of any function; the runtime makes each of these objects with its one class.
  known ??= certificate.constructor as CertificateClass;
}

/** Returns the class of certificates; imports `node:crypto` only if no TLS connection was made before. */
export function certificateClass(): CertificateClass {
  if (known === undefined) {
    const { X509Certificate }: typeof import("node:crypto") = require("node:crypto");
    known = X509Certificate;
  }
  return known;
}
