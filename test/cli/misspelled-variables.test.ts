import { expect, test } from "bun:test";
import { misspelledVariables } from "../../src/cli/misspelled-variables.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { profiles } from "../../src/profiles/choose.ts";

const [RELEASE] = profiles().filter(({ name }) => name === "istio-1.30");
const hintsOn = (...names: readonly string[]) =>
  misspelledVariables(environmentOf(names.map((name) => [name, "x"])), RELEASE?.variables ?? {}).map(({ text }) => text);

test.each([
  ["CA_ADR", "CA_ADDR"],
  ["ca_addr", "CA_ADDR"],
  ["XDS_ROOTCA", "XDS_ROOT_CA"],
  ["SECRET_TLL", "SECRET_TTL"],
  ["TRUSTDOMAIN", "TRUST_DOMAIN"],
  ["SERVICEACCOUNT", "SERVICE_ACCOUNT"],
  ["FILE_MOUNTED_CERT", "FILE_MOUNTED_CERTS"],
  ["PILOT_CERT_PROVIDR", "PILOT_CERT_PROVIDER"],
  ["GRPC_KEEPALIV_INTERVL", "GRPC_KEEPALIVE_INTERVAL"],
  ["POD_NAMSPACE", "POD_NAMESPACE"],
  ["POD_NMAESPCE", "POD_NAMESPACE"],
])("%s is a misspelled %s", (name, meant) => {
  expect(hintsOn(name)).toEqual([`Ignoring variable ${name}; did you mean ${meant}?`]);
  expect(hintsOn(name, meant)).toEqual([]);
});

const USUAL = `PATH HOME LANG LC_ALL HOSTNAME PWD OLDPWD TERM USER SHLVL TZ DEBUG TMPDIR GOMAXPROCS GOMEMLIMIT GODEBUG JAVA_HOME NODE_ENV
  HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR CA_CERT CA_FILE CA_CERTS CA_BUNDLE CA_PATH SECRET SECRET_KEY SECRET_URL
  SECRET_NAME TRUST_STORE TRUSTED_CA CLUSTER_DOMAIN NAMESPACE NODE_NAME NODE_IP POD_IP POD_IPS POD_UID HOST_IPS HOST_ID HOST SERVICE_NAME
  SERVICE_HOST GCP_PROJECT GCE_ZONE GCP_REGION AWS_REGION GRPC_TRACE GRPC_VERBOSITY XDS_SERVER XDS_CLUSTER OUTPUT OUTPUT_DIR FILE_NAME
  OTEL_RESOURCE_ATTRIBUTES PILOT_ENABLE_XDS_CACHE PILOT_TRACE_SAMPLING CITADEL_SELF_SIGNED_CA_CERT_TTL CANONICAL_SERVICE
  CANONICAL_REVISION ISTIO_META_CLUSTR_ID CA_HEADER_X XDS_HEADER_TOKEN KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT_HTTPS
  KUBERNETES_PORT_443_TCP CA_PORT_443_TCP CA_PORT_443_TCP_ADDR CA_SERVICE_HOST XDS_ROOT_SERVICE_PORT_GRPC`.split(/\s+/);

test.each(profiles().map(({ name, variables }) => [name, variables] as const))(
  "%s: usual variables are not misspelled ones",
  (_, known) => {
    const environment = environmentOf(USUAL.map((name) => [name, "x"]));
    expect(misspelledVariables(environment, known).map(({ text }) => text)).toEqual([]);
  },
);

test("the names of a release are not misspelled ones of another", () => {
  const names = [...new Set(profiles().flatMap(({ variables }) => Object.keys(variables)))];
  for (const { variables } of profiles())
    for (const name of names) expect(misspelledVariables(environmentOf([[name, "x"]]), variables)).toEqual([]);
});

test("the variables of many services cost little", () => {
  const services = Array.from({ length: 1_000 }, (_, index) => `SVC_${index}`);
  const pairs = services.flatMap((name) =>
    ["SERVICE_HOST", "SERVICE_PORT", "PORT", "PORT_80_TCP", "PORT_80_TCP_ADDR"].map((end) => `${name}_${end}`),
  );
  const started = performance.now();
  expect(hintsOn(...pairs)).toEqual([]);
  expect(performance.now() - started).toBeLessThan(200);
});
