import { describe, expect, test } from "bun:test";
import { createPrivateKey, createPublicKey } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { requestCertificate } from "../../../src/host/mesh/request-certificate.ts";
import { searchPrime } from "../../../src/host/mesh/search-prime.ts";
import type { UsableKey } from "../../../src/mesh/key-maker.ts";
import { pemBlocks } from "../../../src/mesh/pem.ts";
import { opensslCheck } from "../../support/openssl-check.ts";

const IDENTITY = "spiffe://cluster.local/ns/default/sa/server";

/** Returns what openssl says of a request. */
function openssl(csr: string): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["openssl", "req", "-verify", "-noout", "-text"], { stdin: Buffer.from(csr) });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return `${stdout}${stderr}`;
}

describe("requestCertificate", () => {
  test.each<[name: string, plan: UsableKey, pem: string, algorithm: string, key: string]>([
    ["RSA", { kind: "rsa", bits: 2_048, pkcs8: false }, "RSA PRIVATE KEY", "sha256WithRSAEncryption", "2048 bit"],
    ["RSA 3072, PKCS#8", { kind: "rsa", bits: 3_072, pkcs8: true }, "PRIVATE KEY", "sha256WithRSAEncryption", "3072 bit"],
    ["P-256", { kind: "ec", curve: "P-256", pkcs8: false }, "EC PRIVATE KEY", "ecdsa-with-SHA256", "P-256"],
    ["P-256, PKCS#8", { kind: "ec", curve: "P-256", pkcs8: true }, "PRIVATE KEY", "ecdsa-with-SHA256", "P-256"],
    ["P-384", { kind: "ec", curve: "P-384", pkcs8: false }, "EC PRIVATE KEY", "ecdsa-with-SHA384", "P-384"],
  ])("%s", async (_, plan, pem, algorithm, key) => {
    const made = await requestCertificate({ plan, identity: IDENTITY });
    const text = openssl(made.csr);
    expect(text).toMatch(/verify OK/);
    expect(text).toContain(`Signature Algorithm: ${algorithm}`);
    expect(text).toContain(key);
    expect(text).toMatch(new RegExp(`X509v3 Subject Alternative Name: critical\\s+URI:${IDENTITY}\n`));
    const parsed = new x509.Pkcs10CertificateRequest(made.csr);
    expect(await parsed.verify()).toBe(true);
    expect(parsed.extensions.map(({ type, critical }) => [type, critical])).toEqual([["2.5.29.17", true]]);
    expect(Buffer.from(parsed.publicKey.rawData).equals(made.publicKey)).toBe(true);
    expect(pemBlocks(made.key).map(({ type }) => type)).toEqual([pem]);
    const own = createPublicKey(createPrivateKey(made.key)).export({ type: "spki", format: "der" });
    expect(own.equals(made.publicKey)).toBe(true);
  });

  test("each has a new key", async () => {
    const plan: UsableKey = { kind: "ec", curve: "P-256", pkcs8: false };
    const [one, two] = await Promise.all([
      requestCertificate({ plan, identity: IDENTITY }),
      requestCertificate({ plan, identity: IDENTITY }),
    ]);
    expect(one.key).not.toBe(two.key);
  });

  test.each([
    [2_049, 2_048],
    [2_304, 2_304],
    [2_600, 2_600],
  ])("RSA with %i bits has %i", async (bits, expected) => {
    const { key } = await requestCertificate({ plan: { kind: "rsa", bits, pkcs8: false }, identity: IDENTITY });
    expect(createPrivateKey(key).asymmetricKeyDetails?.modulusLength).toBe(expected);
  });

  test.each([1_000, 1_030, 2_048])("RSA with %i bits, of primes that are searched here", async (bits) => {
    const sizes: number[] = [];
    const { key } = await requestCertificate({ plan: { kind: "rsa", bits, pkcs8: false }, identity: IDENTITY }, (size) => {
      sizes.push(size);
      return searchPrime(size);
    });
    expect(sizes.slice(0, 2)).toEqual([bits / 2, bits / 2]);
    expect(createPrivateKey(key).asymmetricKeyDetails?.modulusLength).toBe(bits);
    expect(opensslCheck(key)).toContain("RSA key ok");
  });

  test("a key that is too large is refused by the runtime", async () => {
    const plan: UsableKey = { kind: "rsa", bits: 20_000, pkcs8: false };
    await expect(requestCertificate({ plan, identity: IDENTITY })).rejects.toThrow("MODULUS_TOO_LARGE");
  });

  test("the agent goes on while a key is made", async () => {
    let turns = 0;
    let isMade = false;
    const turn = () => {
      turns++;
      if (!isMade) setImmediate(turn);
    };
    turn();
    await requestCertificate({ plan: { kind: "rsa", bits: 4_096, pkcs8: false }, identity: IDENTITY });
    isMade = true;
    expect(turns).toBeGreaterThan(20);
  });
});
