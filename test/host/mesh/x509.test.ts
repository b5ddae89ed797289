import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { certificatesIn, isLoadable, issuedFacts, keyPairProblem, usableRoots } from "../../../src/host/mesh/x509.ts";
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

const directory = mkdtempSync(join(tmpdir(), "attache-x509-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ["a self-signed one of version 1", true, "openssl x509 -req -in request -signkey key"],
  ["a self-signed one that may sign", true, "openssl req -x509 -key key -subj /O=a -addext basicConstraints=critical,CA:true"],
  ["a self-signed one that may not sign", false, "openssl req -x509 -key key -subj /O=a -addext basicConstraints=critical,CA:false"],
  ["one of version 1 from another", false, "openssl x509 -req -in request -CA other -CAkey key -set_serial 1"],
])("an authority: %s is %p", async (_, isAuthority, command) => {
  await $`openssl ecparam -genkey -name prime256v1 -noout -out key`.cwd(directory).quiet();
  await $`openssl req -new -key key -subj /O=a -out request`.cwd(directory).quiet();
  await $`openssl req -x509 -key key -subj /O=b -out other`.cwd(directory).quiet();
  const text = await $`${command.split(" ")}`.cwd(directory).quiet().text();
  const [root] = issuedFacts([text], new Uint8Array()).roots;
  expect(root?.isAuthority).toBe(isAuthority);
});
