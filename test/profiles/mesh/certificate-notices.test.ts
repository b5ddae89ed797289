import { expect, test } from "bun:test";
import { type Env, startWith } from "./start-mesh.ts";

const OURS = /^(?:SECRET_\w+|ECC_CURVE|PILOT_CERT_PROVIDER) /;
const warningsOf = async (env: Env, words?: readonly string[]) =>
  (await startWith(env, {}, words)).warnings.filter((text) => OURS.test(text));

test.each<[Env, string]>([
  [{ SECRET_GRACE_PERIOD_RATIO: "-1" }, "SECRET_GRACE_PERIOD_RATIO is not a number from 0 to 1: current value is -1; it counts as 0"],
  [{ ECC_SIGNATURE_ALGORITHM: "ECDSA", ECC_CURVE: "P999" }, 'ECC_CURVE is not P256 or P384: current value is "P999"; it counts as P256'],
  [{ PILOT_CERT_PROVIDER: "foo" }, 'PILOT_CERT_PROVIDER is not istiod, custom or none: current value is "foo"; it counts as istiod'],
])("%j is a warning", async (env, warning) => {
  expect(await warningsOf(env)).toEqual([warning]);
});

test.each<[Env]>([
  [{}],
  [{ SECRET_GRACE_PERIOD_RATIO: "0" }],
  [{ SECRET_GRACE_PERIOD_RATIO: "0.98" }],
  [{ SECRET_GRACE_PERIOD_RATIO: "0.99" }],
  [{ SECRET_GRACE_PERIOD_RATIO_JITTER: "0" }],
  [{ SECRET_TTL: "1s" }],
  [{ ECC_CURVE: "P999" }],
  [{ ECC_SIGNATURE_ALGORITHM: "ECDSA", ECC_CURVE: "P384" }],
  [{ PILOT_CERT_PROVIDER: "kubernetes" }],
  [{ PILOT_CERT_PROVIDER: "k8s.io/clusterissuers.cert-manager.io/istio" }],
])("%j is not", async (env) => {
  expect(await warningsOf(env)).toEqual([]);
});

const atOnce = (ratio: string, jitter: string) =>
  `SECRET_GRACE_PERIOD_RATIO and SECRET_GRACE_PERIOD_RATIO_JITTER are more than 1 together, or the ratio is 1: current values are ${ratio} and ${jitter}; certificates may be replaced as soon as they are received, again and again`;
const counted = (name: string, value: string, counts: string) =>
  `${name} is not a number from 0 to 1: current value is ${value}; it counts as ${counts}`;

test.each<[Env, readonly string[]]>([
  [{ SECRET_GRACE_PERIOD_RATIO: "7" }, [counted("SECRET_GRACE_PERIOD_RATIO", "7", "1"), atOnce("7", "0.01")]],
  [{ SECRET_GRACE_PERIOD_RATIO: "1" }, [atOnce("1", "0.01")]],
  [{ SECRET_GRACE_PERIOD_RATIO: "1", SECRET_GRACE_PERIOD_RATIO_JITTER: "0" }, [atOnce("1", "0")]],
  [{ SECRET_GRACE_PERIOD_RATIO: "0.995" }, [atOnce("0.995", "0.01")]],
  [{ SECRET_GRACE_PERIOD_RATIO_JITTER: "-0.75" }, [counted("SECRET_GRACE_PERIOD_RATIO_JITTER", "-0.75", "0.75"), atOnce("0.5", "-0.75")]],
  [{ SECRET_GRACE_PERIOD_RATIO_JITTER: "-0.25" }, [counted("SECRET_GRACE_PERIOD_RATIO_JITTER", "-0.25", "0.25")]],
  [{ SECRET_GRACE_PERIOD_RATIO_JITTER: "2" }, [atOnce("0.5", "2")]],
  [{ SECRET_TTL: "0s" }, ["SECRET_TTL is less than a second: current value is 0s; the certificate authority is asked for 0 s"]],
  [{ SECRET_TTL: "-90m" }, ["SECRET_TTL is less than a second: current value is -1h30m0s; the certificate authority is asked for -5400 s"]],
  [{ SECRET_TTL: "999ms" }, ["SECRET_TTL is less than a second: current value is 999ms; the certificate authority is asked for 0 s"]],
])("%j is a warning of what it means", async (env, warnings) => {
  expect(await warningsOf(env)).toEqual([...warnings]);
});

test("without an authority they do not matter", async () => {
  const env = { SECRET_GRACE_PERIOD_RATIO: "7", PILOT_CERT_PROVIDER: "foo" };
  expect(await warningsOf({ ...env, FILE_MOUNTED_CERTS: "true", XDS_ROOT_CA: "SYSTEM" })).toEqual([]);
});
