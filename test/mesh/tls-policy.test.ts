import { expect, test } from "bun:test";
import type { TlsPolicy } from "../../src/mesh/mesh-plan.ts";
import { policyProblem } from "../../src/mesh/tls-policy.ts";

const AES = "ECDHE-RSA-AES128-GCM-SHA256";
const CHACHA = "ECDHE-RSA-CHACHA20-POLY1305";

// What the policies of Istio allow in Go's TLS (contract 1.30 §13b, 1.31 §5).
test.each<[TlsPolicy, string, string, string | undefined, boolean]>([
  ["", "TLSv1.2", CHACHA, "X25519", true],
  ["", "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256", undefined, true],
  ["fips-140-2", "TLSv1.2", AES, "prime256v1", true],
  ["fips-140-2", "TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384", "P-256", true],
  ["fips-140-2", "TLSv1.2", AES, "X25519", false],
  ["fips-140-2", "TLSv1.2", AES, "secp384r1", false],
  ["fips-140-2", "TLSv1.2", AES, undefined, false],
  ["fips-140-2", "TLSv1.2", CHACHA, "P-256", false],
  ["fips-140-2", "TLSv1.3", "TLS_AES_128_GCM_SHA256", undefined, false],
  ["fips-140-3", "TLSv1.2", AES, "secp384r1", true],
  ["fips-140-3", "TLSv1.2", AES, "X25519", false],
  ["fips-140-3", "TLSv1.2", CHACHA, "P-256", false],
  ["fips-140-3", "TLSv1.3", "TLS_AES_128_GCM_SHA256", undefined, true],
  ["pqc", "TLSv1.3", "TLS_AES_128_GCM_SHA256", undefined, true],
  ["pqc", "TLSv1.3", "TLS_AES_256_GCM_SHA384", undefined, true],
  ["pqc", "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256", undefined, false],
  ["pqc", "TLSv1.2", AES, "P-256", false],
])("%j with %s, %s and %p is allowed: %p", (policy, version, cipher, curve, isAllowed) => {
  const problem = policyProblem(policy, { version, cipher, curve });
  if (isAllowed) expect(problem).toBeUndefined();
  else expect(problem).toBe(`${version} with ${cipher}${curve ? ` and ${curve}` : ""} is not allowed (COMPLIANCE_POLICY=${policy})`);
});
