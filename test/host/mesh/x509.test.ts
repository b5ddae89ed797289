import { expect, test } from "bun:test";
import { certificatesIn, isLoadable, keyPairProblem, usableRoots } from "../../../src/host/mesh/x509.ts";
import { selfSigned } from "../../support/self-signed.ts";

const { cert, key } = selfSigned("one");
const marked = (type: string) => cert.replaceAll("CERTIFICATE", type);

test.each(["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"])("a block of type %s is a certificate, as for Envoy", (type) => {
  const text = marked(type);
  expect(isLoadable(text)).toBe(true);
  expect(certificatesIn(text)).toHaveLength(1);
  expect(usableRoots(text)).toContain(`-----BEGIN ${type}-----\n`);
  expect(keyPairProblem(text, key)).toBeUndefined();
});

test.each(["certificate", "CERTIFICATE REQUEST", "PUBLIC KEY"])("a block of type %s is none", (type) => {
  const text = marked(type);
  expect([isLoadable(text), certificatesIn(text).length, usableRoots(text)]).toEqual([false, 0, ""]);
  expect(keyPairProblem(text, key)).toBe("the file of the certificate chain contains no certificate");
});
