import { describe, expect, test } from "bun:test";
import { createPrivateKey, createPublicKey } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { makeKeysAhead, requestCertificate } from "../../../src/host/mesh/request-certificate.ts";
import type { KeyPlan } from "../../../src/mesh/mesh-plan.ts";
import { pemBlocks } from "../../../src/mesh/pem.ts";

const IDENTITY = "spiffe://cluster.local/ns/default/sa/server";

/** Returns what openssl says of a request. */
function openssl(csr: string): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["openssl", "req", "-verify", "-noout", "-text"], { stdin: Buffer.from(csr) });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return `${stdout}${stderr}`;
}

describe("requestCertificate", () => {
  test.each<[name: string, plan: KeyPlan, pem: string, algorithm: string, key: string]>([
    ["RSA", { kind: "rsa", bits: 2_048, pkcs8: false }, "RSA PRIVATE KEY", "sha256WithRSAEncryption", "2048 bit"],
    ["RSA 3072, PKCS#8", { kind: "rsa", bits: 3_072, pkcs8: true }, "PRIVATE KEY", "sha256WithRSAEncryption", "3072 bit"],
    ["P-256", { kind: "ec", curve: "P-256", pkcs8: false }, "EC PRIVATE KEY", "ecdsa-with-SHA256", "P-256"],
    ["P-256, PKCS#8", { kind: "ec", curve: "P-256", pkcs8: true }, "PRIVATE KEY", "ecdsa-with-SHA256", "P-256"],
    ["P-384", { kind: "ec", curve: "P-384", pkcs8: false }, "EC PRIVATE KEY", "ecdsa-with-SHA384", "P-384"],
  ])("%s", async (_, plan, pem, algorithm, key) => {
    const made = await requestCertificate(plan, IDENTITY);
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
    const plan: KeyPlan = { kind: "ec", curve: "P-256", pkcs8: false };
    const [one, two] = await Promise.all([requestCertificate(plan, IDENTITY), requestCertificate(plan, IDENTITY)]);
    expect(one.key).not.toBe(two.key);
  });

  test("uses a key that was made ahead", async () => {
    const plan: KeyPlan = { kind: "ec", curve: "P-256", pkcs8: true };
    const ahead = makeKeysAhead(plan);
    const made = await requestCertificate(plan, IDENTITY, ahead);
    expect((await ahead)?.publicKey.export({ type: "spki", format: "der" }).equals(made.publicKey)).toBe(true);
    expect(makeKeysAhead({ kind: "none", problem: "too short" })).toBeUndefined();
  });

  test("a plan without a key says why", async () => {
    await expect(requestCertificate({ kind: "none", problem: "too short" }, IDENTITY)).rejects.toThrow("too short");
  });

  test("the agent goes on while a key is made", async () => {
    let turns = 0;
    let isMade = false;
    const turn = () => {
      turns++;
      if (!isMade) setImmediate(turn);
    };
    turn();
    await requestCertificate({ kind: "rsa", bits: 4_096, pkcs8: false }, IDENTITY);
    isMade = true;
    expect(turns).toBeGreaterThan(20);
  });
});
