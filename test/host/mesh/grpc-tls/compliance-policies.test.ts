import { describe, expect, test } from "bun:test";
import { CODE } from "../../../../src/mesh/grpc-status.ts";
import { DONE, tlsLab } from "./tls-lab.ts";

const { serve, callOn } = await tlsLab();

describe("a compliance policy", () => {
  const FIPS = { policy: "fips-140-2" } as const;
  const NEWER = { policy: "fips-140-3" } as const;
  const PQC = { policy: "pqc" } as const;

  test.each([
    ["fips-140-2", {}],
    ["fips-140-2", { ecdhCurve: "X25519:P-384:P-256" }],
    ["fips-140-3", {}],
    ["fips-140-3", { ecdhCurve: "X25519:P-384" }],
    ["fips-140-3", { maxVersion: "TLSv1.2", ecdhCurve: "P-384" }],
    ["fips-140-3", { minVersion: "TLSv1.3", ecdhCurve: "P-256" }],
    ["pqc", {}],
  ] as const)("%s agrees on what it allows (%o)", async (policy, options) => {
    expect(await callOn((await serve(options)).port, { policy })).toMatchObject(DONE);
  });

  test.each([
    ["another curve", FIPS, { ecdhCurve: "X25519" }],
    ["a longer curve", FIPS, { ecdhCurve: "P-384" }],
    ["TLS 1.3", FIPS, { minVersion: "TLSv1.3" }],
    ["another cipher", FIPS, { ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305", maxVersion: "TLSv1.2" }],
    ["another curve of 1.3", NEWER, { ecdhCurve: "X25519", minVersion: "TLSv1.3" }],
    ["another curve of 1.2", NEWER, { ecdhCurve: "X25519", maxVersion: "TLSv1.2" }],
    ["another cipher of 1.2", NEWER, { ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305", maxVersion: "TLSv1.2" }],
    ["TLS 1.2", PQC, { maxVersion: "TLSv1.2" }],
    ["a curve of before", PQC, { ecdhCurve: "X25519" }],
  ] as const)("refuses a server with nothing but %s", async (_, tls, options) => {
    const message = expect.stringMatching(new RegExp(`accept.*COMPLIANCE_POLICY=${tls.policy} limits what is offered`));
    expect(await callOn((await serve(options)).port, tls)).toMatchObject({ code: CODE.UNAVAILABLE, message });
  });
});
