import { expect, test } from "bun:test";
import { type Env, startWith } from "./start-mesh.ts";

const OURS = /^(?:SECRET_GRACE_PERIOD_RATIO|ECC_CURVE|PILOT_CERT_PROVIDER) /;
const warningsOf = async (env: Env, words?: readonly string[]) =>
  (await startWith(env, {}, words)).warnings.filter((text) => OURS.test(text));

test.each<[Env, string]>([
  [{ SECRET_GRACE_PERIOD_RATIO: "7" }, "SECRET_GRACE_PERIOD_RATIO is not a number from 0 to 1: current value is 7; it counts as 1"],
  [{ SECRET_GRACE_PERIOD_RATIO: "-1" }, "SECRET_GRACE_PERIOD_RATIO is not a number from 0 to 1: current value is -1; it counts as 0"],
  [{ ECC_SIGNATURE_ALGORITHM: "ECDSA", ECC_CURVE: "P999" }, 'ECC_CURVE is not P256 or P384: current value is "P999"; it counts as P256'],
  [{ PILOT_CERT_PROVIDER: "foo" }, 'PILOT_CERT_PROVIDER is not istiod, custom or none: current value is "foo"; it counts as istiod'],
])("%j is a warning", async (env, warning) => {
  expect(await warningsOf(env)).toEqual([warning]);
});

test.each<[Env]>([
  [{}],
  [{ SECRET_GRACE_PERIOD_RATIO: "0" }],
  [{ SECRET_GRACE_PERIOD_RATIO: "1" }],
  [{ ECC_CURVE: "P999" }],
  [{ ECC_SIGNATURE_ALGORITHM: "ECDSA", ECC_CURVE: "P384" }],
  [{ PILOT_CERT_PROVIDER: "kubernetes" }],
  [{ PILOT_CERT_PROVIDER: "k8s.io/clusterissuers.cert-manager.io/istio" }],
])("%j is not", async (env) => {
  expect(await warningsOf(env)).toEqual([]);
});

test("without an authority they do not matter", async () => {
  const env = { SECRET_GRACE_PERIOD_RATIO: "7", PILOT_CERT_PROVIDER: "foo" };
  expect(await warningsOf({ ...env, FILE_MOUNTED_CERTS: "true", XDS_ROOT_CA: "SYSTEM" })).toEqual([]);
});
