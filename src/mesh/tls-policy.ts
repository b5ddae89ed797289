import type { TlsPolicy } from "./mesh-plan.ts";

/** TLS versions as the runtime names them. */
type Version = "TLSv1.2" | "TLSv1.3";

/** What a client offers in a TLS handshake. */
export interface TlsOffer {
  readonly minVersion: Version;
  readonly maxVersion?: Version;
  readonly ciphers?: string;
  readonly ecdhCurve?: string;
}

/** What a handshake has agreed on. The curve is known for TLS 1.2 only. */
export interface Negotiated {
  readonly version: string;
  readonly cipher: string;
  readonly curve: string | undefined;
}

const FIPS_CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
];
const PQC_CIPHERS = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"];

/** P-256 has two names, and so has P-384. */
const P256 = ["prime256v1", "P-256"];
const P384 = ["secp384r1", "P-384"];

interface Policy {
  readonly offer: TlsOffer;
  readonly allows: (negotiated: Negotiated) => boolean;
}

/**
 * The policies of COMPLIANCE_POLICY (contract 1.30 §13b, 1.31 §5). The runtime always offers all ciphers of TLS 1.3, so what was
 * agreed on is checked too; that no other curve is offered needs no check for TLS 1.3, whose handshake fails then.
 */
const POLICIES: Readonly<Record<TlsPolicy, Policy>> = {
  "": { offer: { minVersion: "TLSv1.2" }, allows: () => true },
  "fips-140-2": {
    offer: { minVersion: "TLSv1.2", maxVersion: "TLSv1.2", ciphers: FIPS_CIPHERS.join(":"), ecdhCurve: "P-256" },
    allows: ({ version, cipher, curve }) => version === "TLSv1.2" && FIPS_CIPHERS.includes(cipher) && P256.includes(curve ?? ""),
  },
  "fips-140-3": {
    offer: { minVersion: "TLSv1.2", ciphers: FIPS_CIPHERS.join(":"), ecdhCurve: "P-256:P-384" },
    allows: ({ version, cipher, curve }) =>
      version === "TLSv1.3" || (version === "TLSv1.2" && FIPS_CIPHERS.includes(cipher) && [...P256, ...P384].includes(curve ?? "")),
  },
  pqc: {
    offer: { minVersion: "TLSv1.3", ecdhCurve: "X25519MLKEM768" },
    allows: ({ version, cipher }) => version === "TLSv1.3" && PQC_CIPHERS.includes(cipher),
  },
};

/** Returns what is offered under a policy. */
export function tlsOffer(policy: TlsPolicy): TlsOffer {
  return POLICIES[policy].offer;
}

/** Returns why a policy forbids what was agreed on; undefined if it does not. */
export function policyProblem(policy: TlsPolicy, negotiated: Negotiated): string | undefined {
  if (POLICIES[policy].allows(negotiated)) return undefined;
  const { version, cipher, curve } = negotiated;
  return `${version} with ${cipher}${curve === undefined ? "" : ` and ${curve}`} is not allowed (COMPLIANCE_POLICY=${policy})`;
}
