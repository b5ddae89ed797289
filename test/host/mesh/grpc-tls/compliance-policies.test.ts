import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { withRoots } from "../../../../src/host/mesh/root-certificates.ts";
import { handshakeProblem, type TlsSocket, tlsOptions } from "../../../../src/host/mesh/tls.ts";
import { CODE } from "../../../../src/mesh/grpc-status.ts";
import type { TlsPlan } from "../../../../src/mesh/mesh-plan.ts";
import { DONE, NAME, tlsLab } from "./tls-lab.ts";

const { serve, callOn, directory } = await tlsLab();
const log = () => {};

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

  test.each([
    [FIPS, { minVersion: "TLSv1.3" }, "TLSv1.3 with "],
    [NEWER, { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305" }, "TLSv1.2 with ECDHE-ECDSA-CHACHA20-POLY1305"],
    [NEWER, { maxVersion: "TLSv1.2", ecdhCurve: "X25519" }, " and X25519"],
    [PQC, { maxVersion: "TLSv1.2" }, "TLSv1.2 with "],
  ] as const)("%j forbids what was agreed on all the same (%o)", async ({ policy }, options, agreed) => {
    const { port } = await serve(options);
    const plan: TlsPlan = { serverName: NAME, roots: { kind: "file", path: join(directory, "root.pem") }, policy: "" };
    const problem = await new Promise((resolve) => {
      withRoots(plan.roots, log, (ca) => {
        // What the policy does not offer either is offered here.
        const tls = { ...tlsOptions(plan, log), ca: [...ca] };
        const handshake = (socket: TlsSocket, _: boolean, error: Error | null) => {
          resolve([handshakeProblem(socket, error, plan), handshakeProblem(socket, error, { ...plan, policy })]);
          socket.end();
        };
        void Bun.connect<undefined>({ hostname: "127.0.0.1", port, data: undefined, tls, socket: { data() {}, handshake } });
      });
    });
    const message = new RegExp(`${agreed}.* is not allowed \\(COMPLIANCE_POLICY=${policy}\\)$`);
    expect(problem).toEqual([undefined, expect.stringMatching(message)]);
  });
});
