import { describe, expect, test } from "bun:test";
import type { Case } from "../conformance/cases.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";
import { filled, named, type Rooted, started } from "./started.ts";

const SOCKETS = "./var/run/secrets/workload-spiffe-uds";
/** The file of a socket whose path has 108 bytes; two of them are one letter. */
const LONG = `${"x".repeat(107 - SOCKETS.length - 2)}é`;
const CREDENTIALS = "./var/run/secrets/credential-uds/socket";

const start = (machine: Partial<Case>, args: readonly string[] = ["sidecar"]) => started("istio-1.30", machine, args);

const ROOT = { "var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT };
const CREDENTIAL_FILES = {
  "var/run/secrets/workload-spiffe-credentials/cert-chain.pem": "c",
  "var/run/secrets/workload-spiffe-credentials/key.pem": "k",
  "var/run/secrets/workload-spiffe-credentials/root-cert.pem": "c",
};
const NO_ROOT = "root CA file for CA does not exist";
const NO_XDS_TLS = { PROXY_CONFIG: '{"controlPlaneAuthPolicy": "NONE"}' };

describe("the workload socket of 1.30 (contract 1.30 §9.1 step 3)", () => {
  test.each<[string, Partial<Case>, string]>([
    ["nothing there, no root certificate", { env: NO_XDS_TLS }, NO_ROOT],
    ["a provider of certificates, no root certificate", { env: NO_XDS_TLS, sockets: [`${SOCKETS}/socket`] }, ""],
    ["a dead socket, no root certificate", { env: NO_XDS_TLS, deadsockets: [`${SOCKETS}/socket`] }, NO_ROOT],
    ["certificate files", { env: NO_XDS_TLS, files: CREDENTIAL_FILES }, ""],
    [
      "a directory in place of one of them",
      { env: NO_XDS_TLS, files: { ...CREDENTIAL_FILES, "var/run/secrets/workload-spiffe-credentials/key.pem": { dir: true } } },
      "",
    ],
    ["one of them too few", { env: NO_XDS_TLS, files: Object.fromEntries(Object.entries(CREDENTIAL_FILES).slice(1)) }, NO_ROOT],
    ["an own name, and a provider there", { env: { WORKLOAD_IDENTITY_SOCKET_FILE: "own" }, files: ROOT, sockets: [`${SOCKETS}/own`] }, ""],
    [
      "an own name, and a provider elsewhere",
      { env: { WORKLOAD_IDENTITY_SOCKET_FILE: "own" }, files: ROOT, sockets: [`${SOCKETS}/socket`] },
      `no gRPC server answers on the workload socket "${SOCKETS}/own"`,
    ],
    [
      "an own name, and a dead socket there",
      { env: { WORKLOAD_IDENTITY_SOCKET_FILE: "own" }, files: ROOT, deadsockets: [`${SOCKETS}/own`] },
      `no gRPC server answers on the workload socket "${SOCKETS}/own"`,
    ],
    [
      "an own name that is too long",
      { env: { WORKLOAD_IDENTITY_SOCKET_FILE: LONG }, files: ROOT },
      `no gRPC server can answer on the workload socket "${SOCKETS}/${LONG}": its path has 108 bytes, and the limit of the kernel is 107 (set by WORKLOAD_IDENTITY_SOCKET_FILE)`,
    ],
    [
      "an own name that is as long as it can be",
      { env: { WORKLOAD_IDENTITY_SOCKET_FILE: LONG.slice(1) }, files: ROOT },
      `no gRPC server answers on the workload socket "${SOCKETS}/${LONG.slice(1)}"`,
    ],
    ["a path", { env: { WORKLOAD_IDENTITY_SOCKET_FILE: "a/b" }, files: ROOT }, 'must be a filename, not a path: "a/b"'],
    ["an empty name", { env: { WORKLOAD_IDENTITY_SOCKET_FILE: "" }, files: ROOT }, 'must be a filename, not a path: ""'],
  ])("%s", async (_, machine, refusal) => {
    const { launch, errors } = await start(machine);
    expect(errors).toInclude(refusal);
    expect(launch === undefined).toBe(refusal !== "");
  });

  test.each<[string, Partial<Case>, readonly string[]]>([
    ["none is there", {}, []],
    ["both are served", { sockets: [`${SOCKETS}/socket`, CREDENTIALS] }, []],
    ["the agent's own of before", { deadsockets: [`${SOCKETS}/socket`] }, [`${SOCKETS}/socket`]],
    ["that of a third party", { deadsockets: [CREDENTIALS] }, [CREDENTIALS]],
    ["both are silent", { deadsockets: [`${SOCKETS}/socket`, CREDENTIALS] }, [`${SOCKETS}/socket`, CREDENTIALS]],
    ["one is silent", { sockets: [`${SOCKETS}/socket`], deadsockets: [CREDENTIALS] }, [CREDENTIALS]],
  ])("sockets without a listener are removed with a warning: %s", async (_, machine, removed) => {
    const { launch } = await start({ files: ROOT, ...machine });
    expect(launch?.removals).toEqual([...removed]);
    const warnings = launch?.notices.filter(({ text }) => text.startsWith("Removing the stale socket"));
    expect(warnings?.map(({ level, text }) => [level, text])).toEqual(
      removed.map((socket) => ["warn", `Removing the stale socket "${socket}": no gRPC server answers on it`]),
    );
  });
});

async function expectRooted(env: Rooted[1], files: Rooted[2], refusal = "", status = 255): Promise<void> {
  const { launch, errors, exit } = await start({ env, files: filled(files) });
  expect(errors).toInclude(refusal);
  expect([launch !== undefined, exit]).toEqual(refusal === "" ? [true, 0] : [false, status]);
}

const ISTIOD_ROOT = "var/run/secrets/istio/root-cert.pem";
const MOUNTED_ROOT = "etc/certs/root-cert.pem";

describe("the root certificate for the CA (contract 1.30 §13b)", () => {
  test.each(
    named([
      ["istiod's", {}, [ISTIOD_ROOT]],
      ["none", {}, [], `${NO_ROOT}: "./${ISTIOD_ROOT}" (normally mounted by the injector)`],
      ["another's", {}, [MOUNTED_ROOT], NO_ROOT],
      ["the system's", { CA_ROOT_CA: "SYSTEM" }, []],
      ["a named one", { CA_ROOT_CA: "own.pem" }, ["own.pem"]],
      ["a named one that is missing", { CA_ROOT_CA: "own.pem" }, [ISTIOD_ROOT], `${NO_ROOT}: "own.pem" (CA_ROOT_CA)`],
      ["that of a custom provider", { PILOT_CERT_PROVIDER: "custom" }, [MOUNTED_ROOT]],
      [
        "that of a custom provider, missing",
        { PILOT_CERT_PROVIDER: "custom" },
        [ISTIOD_ROOT],
        `${NO_ROOT}: "./${MOUNTED_ROOT}" (PILOT_CERT_PROVIDER custom)`,
      ],
      ["a named one before that of a custom provider", { PILOT_CERT_PROVIDER: "custom", CA_ROOT_CA: "own.pem" }, ["own.pem"]],
      ["a provided one", { PROV_CERT: "prov" }, ["prov/root-cert.pem"]],
      ["a provided one that is missing", { PROV_CERT: "prov" }, [ISTIOD_ROOT], '"prov/root-cert.pem" is not a file (PROV_CERT)', 1],
      ["a provided one before none at all", { PROV_CERT: "prov", PILOT_CERT_PROVIDER: "none" }, ["prov/root-cert.pem"]],
      ["no provider", { PILOT_CERT_PROVIDER: "none" }, [ISTIOD_ROOT], "PILOT_CERT_PROVIDER is none and CA_ROOT_CA is not set"],
      ["no provider and a named one", { PILOT_CERT_PROVIDER: "none", CA_ROOT_CA: "own.pem" }, ["own.pem"]],
      ["a CA in plain text", { CA_ADDR: "ca:15010" }, []],
      ["a port that ends alike", { CA_ADDR: "ca:115010" }, [], NO_ROOT],
      ["mounted certificates", { FILE_MOUNTED_CERTS: "true" }, []],
      ["a provider that is not registered", { CA_PROVIDER: "Vault" }, [ISTIOD_ROOT], 'CA provider "Vault" not registered (CA_PROVIDER)'],
      ["Google's by its address", { CA_ADDR: "a.googleapis.com:443" }, [ISTIOD_ROOT], 'CA provider "GoogleCA" not registered (CA_ADDR or'],
      ["an unknown fetcher", { CREDENTIAL_FETCHER_TYPE: "Own" }, [ISTIOD_ROOT], 'invalid credential fetcher type "Own"'],
      ["a known fetcher", { CREDENTIAL_FETCHER_TYPE: "Mock" }, [ISTIOD_ROOT]],
      ["Google's fetcher", { CREDENTIAL_FETCHER_TYPE: "GoogleComputeEngine" }, [ISTIOD_ROOT]],
      ["no fetcher", { CREDENTIAL_FETCHER_TYPE: "" }, [ISTIOD_ROOT]],
      ["two sources", { FILE_MOUNTED_CERTS: "true", PROV_CERT: "p" }, [], "FILE_MOUNTED_CERTS and PROV_CERT cannot both be set"],
      ["GKE's without its files", { CA_PROVIDER: "GkeWorkloadCertificate" }, [ISTIOD_ROOT], "GKE workload certificate files"],
      [
        "GKE's",
        { CA_PROVIDER: "GkeWorkloadCertificate" },
        ["certificates.pem", "private_key.pem", "ca_certificates.pem"].map((name) => `var/run/secrets/workload-spiffe-credentials/${name}`),
      ],
      [
        "GKE's and another",
        { CA_PROVIDER: "GkeWorkloadCertificate", PROV_CERT: "p" },
        [],
        "CA_PROVIDER GkeWorkloadCertificate and PROV_CERT cannot both be set",
      ],
    ]),
  )("%s", async (_, [, env, ...rest]) => {
    await expectRooted({ ...NO_XDS_TLS, ...env }, ...rest);
  });
});

describe("a root certificate that is there but cannot be used refuses the start (contract 1.30 §13b, §13c)", () => {
  const CLIENT_FILE = { FILE_MOUNTED_CERTS: "true", PROXY_CONFIG: '{"proxyMetadata": {"ISTIO_META_TLS_CLIENT_ROOT_CERT": "own.pem"}}' };
  const CA = "the CA";
  const XDS = "the control plane";
  test.each<[string, Partial<Case>["env"], peer: string, path: string, origin: string]>([
    ["named for the CA", { CA_ROOT_CA: "own.pem" }, CA, "own.pem", "CA_ROOT_CA"],
    ["named for the control plane", { CA_ROOT_CA: "SYSTEM", XDS_ROOT_CA: "own.pem" }, XDS, "own.pem", "XDS_ROOT_CA"],
    ["istiod's", {}, CA, `./${ISTIOD_ROOT}`, "normally mounted by the injector"],
    ["istiod's, only for the control plane", { CA_ROOT_CA: "SYSTEM" }, XDS, `./${ISTIOD_ROOT}`, "normally mounted by the injector"],
    ["that of a custom provider", { PILOT_CERT_PROVIDER: "custom" }, CA, `./${MOUNTED_ROOT}`, "PILOT_CERT_PROVIDER custom"],
    ["a mounted one", {}, XDS, `./${MOUNTED_ROOT}`, "used because it is there"],
    ["a provided one", { PROV_CERT: "prov" }, CA, "prov/root-cert.pem", "PROV_CERT"],
    ["a provided one, only for the control plane", { PROV_CERT: "prov", CA_ROOT_CA: "SYSTEM" }, XDS, "prov/root-cert.pem", "PROV_CERT"],
    ["that of mounted certificates", CLIENT_FILE, XDS, "own.pem", "proxyMetadata ISTIO_META_TLS_CLIENT_ROOT_CERT"],
  ])("%s", async (_, env, peer, path, origin) => {
    const { launch, errors, exit } = await start({ env: env ?? {}, files: { [ISTIOD_ROOT]: CERTIFICATE_TEXT, [path]: "garbage" } });
    const problem = `"${path}" contains no certificate in PEM format (${origin}); set `;
    expect(errors).toInclude(`Cannot use the root certificate for ${peer}: ${problem}`);
    expect([launch, exit]).toEqual([undefined, 255]);
  });

  test.each<[string, Partial<Case>["env"], problem: string]>([
    ["istiod's", {}, `root CA file for CA does not exist: "./${ISTIOD_ROOT}" is a directory (normally mounted by the injector)`],
    ["a provided one", { PROV_CERT: "var/run/secrets/istio" }, `"${ISTIOD_ROOT}" is a directory, not a file (PROV_CERT)`],
  ])("also a directory in place of %s", async (_, env, problem) => {
    const { errors } = await start({ env: env ?? {}, files: { [ISTIOD_ROOT]: { dir: true } } });
    expect(errors).toInclude(problem);
  });

  test.each<[string, Partial<Case>["env"]]>([
    ["of the CA in plain text", { CA_ROOT_CA: "own.pem", CA_ADDR: "ca:15010" }],
    ["of the control plane in plain text", { XDS_ROOT_CA: "own.pem", ...NO_XDS_TLS }],
  ])("not that %s, which is not used", async (_, env) => {
    const { exit } = await start({ env: env ?? {}, files: { [ISTIOD_ROOT]: CERTIFICATE_TEXT, "own.pem": "garbage" } });
    expect(exit).toBe(0);
  });
});

const NO_XDS_ROOT = "root CA file for XDS does not exist";
const CLIENT_ROOT = { PROXY_CONFIG: '{"proxyMetadata": {"ISTIO_META_TLS_CLIENT_ROOT_CERT": "client.pem"}}' };

describe("the root certificate for the control plane (contract 1.30 §13c)", () => {
  test.each(
    named([
      ["istiod's", {}, [ISTIOD_ROOT]],
      ["none", {}, [], `${NO_XDS_ROOT}: "./${ISTIOD_ROOT}" (normally mounted by the injector)`],
      ["none, without TLS", NO_XDS_TLS, []],
      ["the system's", { XDS_ROOT_CA: "SYSTEM" }, []],
      ["a named one", { XDS_ROOT_CA: "own.pem" }, ["own.pem"]],
      ["a named one that is missing", { XDS_ROOT_CA: "own.pem" }, [ISTIOD_ROOT, MOUNTED_ROOT], `${NO_XDS_ROOT}: "own.pem" (XDS_ROOT_CA)`],
      ["a mounted one", {}, [MOUNTED_ROOT]],
      ["a mounted one before a provided one", { PROV_CERT: "prov" }, [MOUNTED_ROOT]],
      ["a provided one", { PROV_CERT: "prov" }, ["prov/root-cert.pem"]],
      ["a provided one that is missing", { PROV_CERT: "prov" }, [ISTIOD_ROOT], '"prov/root-cert.pem" is not a file (PROV_CERT)'],
      ["that of mounted certificates", { FILE_MOUNTED_CERTS: "true", ...CLIENT_ROOT }, ["client.pem"]],
      [
        "that of mounted certificates, missing",
        { FILE_MOUNTED_CERTS: "true", ...CLIENT_ROOT },
        [ISTIOD_ROOT],
        `${NO_XDS_ROOT}: "client.pem"`,
      ],
      ["that of mounted certificates, not named", { FILE_MOUNTED_CERTS: "true" }, [ISTIOD_ROOT], `${NO_XDS_ROOT}: ""`],
      ["no provider", { PILOT_CERT_PROVIDER: "none" }, [ISTIOD_ROOT], "PILOT_CERT_PROVIDER is none and XDS_ROOT_CA is not set"],
    ]),
  )("%s", async (_, [, env, ...rest]) => {
    await expectRooted({ CA_ROOT_CA: "SYSTEM", ...env }, ...rest);
  });

  test("resource files need neither", async () => {
    const files = { "xds/clusters.yaml": "resources: []", "xds/listeners.yaml": "resources: []" };
    expect((await start({ files }, ["sidecar", "--xds", "file:xds"])).launch).toBeDefined();
  });
});
