import { describe, expect, test } from "bun:test";
import type { CaPlan } from "../../../src/mesh/mesh-plan.ts";
import { caOf, type Env, TOKEN } from "./start-mesh.ts";

describe("the certificate that is requested", () => {
  test.each<[string, Env, Partial<CaPlan>]>([
    ["a trust domain", { TRUST_DOMAIN: "td" }, { identity: "spiffe://td/ns/ns/sa/sa" }],
    ["no trust domain", { TRUST_DOMAIN: "" }, { identity: "spiffe:///ns/ns/sa/sa" }],
    ["a larger key", { WORKLOAD_RSA_KEY_SIZE: "4096" }, { key: { kind: "rsa", bits: 4096, pkcs8: false } }],
    ["PKCS #8", { PKCS8_KEY: "true" }, { key: { kind: "rsa", bits: 2048, pkcs8: true } }],
    ["ECDSA", { ECC_SIGNATURE_ALGORITHM: "ECDSA" }, { key: { kind: "ec", curve: "P-256", pkcs8: false } }],
    ["ECDSA, P-384", { ECC_SIGNATURE_ALGORITHM: "ECDSA", ECC_CURVE: "P384" }, { key: { kind: "ec", curve: "P-384", pkcs8: false } }],
    [
      "ECDSA, an unknown curve",
      { ECC_SIGNATURE_ALGORITHM: "ECDSA", ECC_CURVE: "P521" },
      { key: { kind: "ec", curve: "P-256", pkcs8: false } },
    ],
    ["a curve alone", { ECC_CURVE: "P384" }, { key: { kind: "rsa", bits: 2048, pkcs8: false } }],
    [
      "ECDSA before the size of an RSA key",
      { ECC_SIGNATURE_ALGORITHM: "ECDSA", WORKLOAD_RSA_KEY_SIZE: "1024" },
      { key: { kind: "ec", curve: "P-256", pkcs8: false } },
    ],
    ["a lifetime", { SECRET_TTL: "90m" }, { lifetime: 5_400 }],
    ["whole seconds of a lifetime", { SECRET_TTL: "1.9s" }, { lifetime: 1 }],
    ["an invalid lifetime", { SECRET_TTL: "1 day" }, { lifetime: 86_400 }],
    ["a ratio", { SECRET_GRACE_PERIOD_RATIO: "0.2" }, { rotation: { ratio: 0.2, jitter: 0.01 } }],
    ["a jitter", { SECRET_GRACE_PERIOD_RATIO_JITTER: "1e-1" }, { rotation: { ratio: 0.5, jitter: 0.1 } }],
    [
      "no number",
      { SECRET_GRACE_PERIOD_RATIO: "half", SECRET_GRACE_PERIOD_RATIO_JITTER: "NaN" },
      { rotation: { ratio: 0.5, jitter: 0.01 } },
    ],
    ["a signer", { ISTIO_META_CERT_SIGNER: "own" }, { certSigner: "own" }],
    ["a cluster", { ISTIO_META_CLUSTER_ID: "c1" }, { headers: [["clusterid", "c1"]] }],
    ["the token of a test", { CREDENTIAL_FETCHER_TYPE: "Mock" }, { token: { kind: "mock" } }],
    ["no fetcher", { CREDENTIAL_FETCHER_TYPE: "" }, { token: TOKEN }],
    [
      "the token of a GCE",
      { CREDENTIAL_FETCHER_TYPE: "GoogleComputeEngine" },
      { token: { kind: "gce", path: TOKEN.path, audience: "cluster.local", host: "169.254.169.254" } },
    ],
    [
      "the token of a GCE with its own server",
      { CREDENTIAL_FETCHER_TYPE: "GoogleComputeEngine", GCE_METADATA_HOST: "m:80", TRUST_DOMAIN: "td" },
      { token: { kind: "gce", path: TOKEN.path, audience: "td", host: "m:80" } },
    ],
  ])("%s", async (_, env, expected) => {
    expect(await caOf(env)).toMatchObject(expected);
  });

  test.each<[string, Env]>([
    ['ECC_SIGNATURE_ALGORITHM "RSA" is not supported: it must be ECDSA, or empty for RSA', { ECC_SIGNATURE_ALGORITHM: "RSA" }],
    ["WORKLOAD_RSA_KEY_SIZE must be at least 2048: current value is 1024", { WORKLOAD_RSA_KEY_SIZE: "1024" }],
    ["WORKLOAD_RSA_KEY_SIZE must be at most 16384: current value is 16385", { WORKLOAD_RSA_KEY_SIZE: "16385" }],
  ])("no key: %s", async (problem, env) => {
    expect((await caOf(env)).key).toEqual({ kind: "none", problem });
  });
});
