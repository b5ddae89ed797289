import { pemText } from "./pem.ts";

/** How a certificate request is signed: what Go chooses for a key of this kind. */
export type SignatureAlgorithm = "rsa-sha256" | "ecdsa-sha256" | "ecdsa-sha384";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const PRINTABLE_STRING = 0x13;
const BOOLEAN = 0x01;
const ATTRIBUTES = 0xa0;
const URI = 0x86;
const NULL = [0x05, 0x00];

// Object identifiers, encoded.
const ORGANISATION = [0x06, 0x03, 0x55, 0x04, 0x0a];
const EXTENSION_REQUEST = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
const SUBJECT_ALT_NAME = [0x06, 0x03, 0x55, 0x1d, 0x11];
const ALGORITHMS: Readonly<Record<SignatureAlgorithm, readonly number[]>> = {
  "rsa-sha256": [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, ...NULL],
  "ecdsa-sha256": [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  "ecdsa-sha384": [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03],
};

/**
 * Returns what a certificate request states and what is signed: the public key (SubjectPublicKeyInfo), one organisation without a name as
 * the subject, and the identity as a critical URI name (contract 1.30 §13b).
 */
export function requestInfo(publicKey: Uint8Array, identity: string): Uint8Array {
  const version = der(INTEGER, [0]);
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, ORGANISATION, der(PRINTABLE_STRING))));
  const names = der(SEQUENCE, der(URI, new TextEncoder().encode(identity)));
  const extension = der(SEQUENCE, SUBJECT_ALT_NAME, der(BOOLEAN, [0xff]), der(OCTET_STRING, names));
  const attribute = der(SEQUENCE, EXTENSION_REQUEST, der(SET, der(SEQUENCE, extension)));
  return der(SEQUENCE, version, subject, publicKey, der(ATTRIBUTES, attribute));
}

/** Returns the signed request as PEM. */
export function certificateRequest(info: Uint8Array, algorithm: SignatureAlgorithm, signature: Uint8Array): string {
  const signed = der(SEQUENCE, info, der(SEQUENCE, ALGORITHMS[algorithm]), der(BIT_STRING, [0], signature));
  return pemText("CERTIFICATE REQUEST", signed);
}

/** Encodes one value of DER. */
function der(tag: number, ...contents: readonly (readonly number[] | Uint8Array)[]): Uint8Array {
  const length = contents.reduce((sum, each) => sum + each.length, 0);
  return Uint8Array.from([tag, ...lengthOf(length), ...contents.flatMap((each) => [...each])]);
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return [0x80 | digits.length, ...digits];
}
