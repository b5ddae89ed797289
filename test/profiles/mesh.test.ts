import { describe, expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import type { CaPlan, MeshPlan, SdsPlan, XdsPlan } from "../../src/mesh/mesh-plan.ts";
import type { Case } from "../conformance/cases.ts";
import { fakeHost, PLACES } from "../conformance/fake-host.ts";
import { started } from "./started.ts";

// The plan of a membership, by variables and files (contract 1.30 §2.4, §2.5, §13a, §13b, §13c).

const ISTIOD_ROOT = "var/run/secrets/istio/root-cert.pem";
const BASE = { POD_NAME: "p", POD_NAMESPACE: "ns", SERVICE_ACCOUNT: "sa" };
const CREDENTIALS = "var/run/secrets/workload-spiffe-credentials";

type Env = Readonly<Record<string, string>>;

async function startWith(env: Env, machine: Partial<Case> = {}, words: readonly string[] = ["sidecar"]) {
  const files = { [ISTIOD_ROOT]: "c", ...machine.files };
  const result = await started("istio-1.30", { ...machine, env: { ...BASE, ...env }, files }, words);
  if (result.launch === undefined) throw new Error(result.errors);
  return { ...result, mesh: result.launch.services.mesh };
}

async function meshOf(env: Env, machine: Partial<Case> = {}, words?: readonly string[]): Promise<MeshPlan> {
  const { mesh } = await startWith(env, machine, words);
  if (mesh === undefined) throw new Error("no mesh");
  return mesh;
}

async function sdsOf(env: Env, machine: Partial<Case> = {}): Promise<SdsPlan> {
  const { sds } = await meshOf(env, machine);
  if (sds === undefined) throw new Error("no SDS");
  return sds;
}

async function caOf(env: Env, machine: Partial<Case> = {}): Promise<CaPlan> {
  const { ca } = await sdsOf(env, machine);
  if (ca === undefined) throw new Error("no CA");
  return ca;
}

async function xdsOf(env: Env, machine: Partial<Case> = {}): Promise<XdsPlan> {
  const { xds } = await meshOf(env, machine);
  if (xds === undefined) throw new Error("no xDS");
  return xds;
}

/** Returns the plan that `render` prints. */
async function rendered(env: Env): Promise<MeshPlan> {
  const files = { [ISTIOD_ROOT]: "c" };
  const { host } = fakeHost({ name: "", profile: "istio-1.30", args: [], expect: { launched: false, exit: 0 }, env, files });
  const printed: string[] = [];
  const print = (text: string | Uint8Array) => void printed.push(String(text));
  await run(["render", "--profile", "istio-1.30", "--format", "launch"], "attache", { ...host, print });
  return JSON.parse(printed.join("")).agent.services.mesh;
}

const proxyConfig = (config: object) => ({ PROXY_CONFIG: JSON.stringify(config) });
const filled = (...paths: readonly string[]) => ({ files: Object.fromEntries(paths.map((path) => [path, "c"])) });
const inDirectory = (directory: string) => filled(...["cert-chain.pem", "key.pem", "root-cert.pem"].map((name) => `${directory}/${name}`));

const KEEPALIVE = { interval: 30_000, timeout: 10_000 };
const TOKEN = { kind: "file", path: "./var/run/secrets/tokens/istio-token" } as const;
const DISCOVERY = {
  host: "istiod.istio-system.svc",
  port: 15012,
  keepalive: KEEPALIVE,
  tls: { serverName: "istiod.istio-system.svc", roots: { kind: "file", path: `./${ISTIOD_ROOT}` }, policy: "" },
} as const;

test("the whole plan of a default sidecar", async () => {
  expect(await meshOf({})).toEqual({
    envoyNeeds: "resources",
    sds: {
      socket: "./var/run/secrets/workload-spiffe-uds/socket",
      filesOnly: false,
      files: { chain: "./etc/certs/cert-chain.pem", key: "./etc/certs/key.pem", root: "./etc/certs/root-cert.pem" },
      ca: {
        endpoint: DISCOVERY,
        headers: [["clusterid", ""]],
        token: TOKEN,
        identity: "spiffe://cluster.local/ns/ns/sa/sa",
        key: { kind: "rsa", bits: 2048, pkcs8: false },
        lifetime: 86_400,
        certSigner: "",
        rotation: { ratio: 0.5, jitter: 0.01 },
      },
      warmUp: true,
      crl: "/var/run/secrets/istio/crl/ca-crl.pem",
      debounce: 100,
    },
    xds: {
      socket: "etc/istio/proxy/XDS",
      endpoint: DISCOVERY,
      headers: [["clusterid", ""]],
      token: TOKEN,
      subscribes: { nameTable: false, proxyConfig: false },
      maxRequest: 4_194_304,
      maxStreams: 100_000,
      keepalive: KEEPALIVE,
    },
  });
});

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
  ])("no key: %s", async (problem, env) => {
    expect((await caOf(env)).key).toEqual({ kind: "none", problem });
  });
});

describe("an address of a gRPC server", () => {
  const endpointOf = async (address: string, env: Env = {}) => {
    const { host, port, tls } = (await xdsOf({ ...proxyConfig({ discoveryAddress: address }), ...env })).endpoint;
    return [host, port, tls?.serverName];
  };
  test.each([
    ["istiod:443", "istiod", 443, "istiod"],
    ["10.0.0.1:15012", "10.0.0.1", 15012, "10.0.0.1"],
    ["[fd00::1]:15012", "fd00::1", 15012, "fd00::1"],
    ["istiod.istio-system.svc.:15012", "istiod.istio-system.svc.", 15012, "istiod.istio-system.svc"],
    ["localhost:15012", "localhost", 15012, "istiod.istio-system.svc"],
    ["x.localhost.y:15012", "x.localhost.y", 15012, "istiod.istio-system.svc"],
    ["127.0.0.1:15012", "127.0.0.1", 15012, "127.0.0.1"],
  ])("%s", async (address, host, port, serverName) => {
    expect(await endpointOf(address)).toEqual([host, port, serverName]);
  });

  test("ISTIOD_SAN is the name of the control plane, also where that is the authority", async () => {
    const env = { ISTIOD_SAN: "own.name" };
    expect(await endpointOf("10.0.0.1:15012", env)).toEqual(["10.0.0.1", 15012, "own.name"]);
    expect((await caOf(env)).endpoint.tls?.serverName).toBe("own.name");
    expect((await caOf({ ...env, CA_ADDR: "ca:1" })).endpoint).toMatchObject({ host: "ca", port: 1, tls: { serverName: "ca" } });
  });

  test.each([
    [
      "a port that is no number",
      { CA_ADDR: "ca:https" },
      'Cannot connect to "ca:https" (CA_ADDR): port "https" is not a number from 1 to 65535',
    ],
    ["no port", { CA_ADDR: "ca" }, 'Cannot connect to "ca" (CA_ADDR): address ca: missing port in address'],
  ])("%s is a warning, and each connection fails", async (_, env, warning) => {
    const { warnings, mesh } = await startWith(env);
    expect(warnings).toContain(warning);
    expect(mesh?.sds?.ca?.endpoint.port).toBe(0);
  });

  test.each<[string, Env, boolean, boolean]>([
    ["both over TLS", {}, true, true],
    ["the control plane in plain text", proxyConfig({ controlPlaneAuthPolicy: "NONE" }), true, false],
    ["the authority in plain text", { CA_ADDR: "ca:15010" }, false, true],
    ["both by the port of the control plane", proxyConfig({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "d:15010" }), false, false],
  ])("TLS: %s", async (_, env, ca, xds) => {
    const mesh = await meshOf(env);
    expect([mesh.sds?.ca?.endpoint.tls !== undefined, mesh.xds?.endpoint.tls !== undefined]).toEqual([ca, xds]);
  });

  test.each([
    ["", ""],
    ["fips-140-2", "fips-140-2"],
    ["pqc", "pqc"],
    ["other", ""],
  ])("the policy %j", async (COMPLIANCE_POLICY, policy) => {
    expect((await xdsOf({ COMPLIANCE_POLICY })).endpoint.tls?.policy).toBe(policy as "");
  });

  test.each([
    ["0s", "0s", 10_000, 7_200_000, 20_000],
    ["-1s", "-1s", 10_000, 1_000, 20_000],
    ["1ms", "1ms", 10_000, 1_000, 1],
    ["1000h", "1000h", 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1],
  ])("keepalive of %s and %s, within what Go's library and a timer allow", async (interval, timeout, client, server, limit) => {
    const { endpoint, keepalive } = await xdsOf({ GRPC_KEEPALIVE_INTERVAL: interval, GRPC_KEEPALIVE_TIMEOUT: timeout });
    expect([endpoint.keepalive, keepalive]).toEqual([
      { interval: client, timeout: limit },
      { interval: server, timeout: limit },
    ]);
  });

  test.each([
    ["0", 2 ** 32 - 1],
    ["-1", 2 ** 32 - 1],
    ["99999999999", 2 ** 32 - 1],
    ["7", 7],
  ])("%s streams", async (ISTIO_GPRC_MAXSTREAMS, maxStreams) => {
    expect(await xdsOf({ ISTIO_GPRC_MAXSTREAMS })).toMatchObject({ maxStreams });
  });

  test("keepalive", async () => {
    const env = { GRPC_KEEPALIVE_INTERVAL: "1m", GRPC_KEEPALIVE_TIMEOUT: "500ms" };
    const { endpoint, keepalive } = await xdsOf(env);
    expect([endpoint.keepalive, keepalive, (await caOf(env)).endpoint.keepalive]).toEqual(
      Array(3).fill({ interval: 60_000, timeout: 500 }),
    );
  });
});

describe("root and client certificates", () => {
  const file = (path: string) => ({ kind: "file", path });
  const SYSTEM = { kind: "system" };
  const PROVISIONED = { chain: "prov/cert-chain.pem", key: "prov/key.pem" };
  const CLIENT = {
    ISTIO_META_TLS_CLIENT_ROOT_CERT: "c/root.pem",
    ISTIO_META_TLS_CLIENT_CERT_CHAIN: "c/chain.pem",
    ISTIO_META_TLS_CLIENT_KEY: "c/key.pem",
  };
  type Trust = readonly [roots: object, client?: object];

  test.each<[string, Env, Partial<Case>, Trust | undefined, Trust]>([
    ["CA_ROOT_CA", { CA_ROOT_CA: "ca.pem" }, filled("ca.pem"), [file("ca.pem")], [file(`./${ISTIOD_ROOT}`)]],
    ["CA_ROOT_CA, the system's", { CA_ROOT_CA: "SYSTEM" }, {}, [SYSTEM], [file(`./${ISTIOD_ROOT}`)]],
    ["XDS_ROOT_CA", { XDS_ROOT_CA: "xds.pem" }, filled("xds.pem"), [file(`./${ISTIOD_ROOT}`)], [file("xds.pem")]],
    ["XDS_ROOT_CA, the system's", { XDS_ROOT_CA: "SYSTEM" }, {}, [file(`./${ISTIOD_ROOT}`)], [SYSTEM]],
    ["a mounted one", {}, filled("etc/certs/root-cert.pem"), [file(`./${ISTIOD_ROOT}`)], [file("./etc/certs/root-cert.pem")]],
    [
      "a custom provider",
      { PILOT_CERT_PROVIDER: "custom" },
      filled("etc/certs/root-cert.pem"),
      [file("./etc/certs/root-cert.pem")],
      [file("./etc/certs/root-cert.pem")],
    ],
    [
      "PROV_CERT",
      { PROV_CERT: "prov" },
      filled("prov/root-cert.pem"),
      [file("prov/root-cert.pem"), PROVISIONED],
      [file("prov/root-cert.pem"), PROVISIONED],
    ],
    [
      "PROV_CERT and named roots",
      { PROV_CERT: "prov", CA_ROOT_CA: "SYSTEM", XDS_ROOT_CA: "SYSTEM" },
      {},
      [SYSTEM, PROVISIONED],
      [SYSTEM, PROVISIONED],
    ],
    [
      "mounted certificates",
      { FILE_MOUNTED_CERTS: "true", ...proxyConfig({ proxyMetadata: CLIENT }) },
      filled("c/root.pem"),
      undefined,
      [file("c/root.pem"), { chain: "c/chain.pem", key: "c/key.pem" }],
    ],
    [
      "mounted certificates without a key",
      { FILE_MOUNTED_CERTS: "true", ...proxyConfig({ proxyMetadata: { ...CLIENT, ISTIO_META_TLS_CLIENT_KEY: "" } }) },
      filled("c/root.pem"),
      undefined,
      [file("c/root.pem")],
    ],
  ])("%s", async (_, env, machine, ca, xds) => {
    const mesh = await meshOf(env, machine);
    const shown = (plan: CaPlan | XdsPlan | undefined) => {
      const tls = plan?.endpoint.tls;
      return tls && (tls.client === undefined ? [tls.roots] : [tls.roots, tls.client]);
    };
    expect<unknown>([shown(mesh.sds?.ca), shown(mesh.xds)]).toEqual([ca, xds]);
  });
});

describe("where certificates come from", () => {
  const ofDirectory = (directory: string) => ({
    chain: `${directory}/cert-chain.pem`,
    key: `${directory}/key.pem`,
    root: `${directory}/root-cert.pem`,
  });
  const CLIENT_ROOT = { ...proxyConfig({ proxyMetadata: { ISTIO_META_TLS_CLIENT_ROOT_CERT: ISTIOD_ROOT } }) };

  test.each<[string, Env, Partial<Case>, object]>([
    ["files that are named", { FILE_MOUNTED_CERTS: "true", ...CLIENT_ROOT }, {}, { files: ofDirectory("./etc/certs"), warmUp: false }],
    ["files of the workload", CLIENT_ROOT, inDirectory(CREDENTIALS), { files: ofDirectory(`./${CREDENTIALS}`), warmUp: false }],
    [
      "files of a GKE",
      { CA_PROVIDER: "GkeWorkloadCertificate", ...CLIENT_ROOT },
      filled(...["certificates.pem", "private_key.pem", "ca_certificates.pem"].map((name) => `${CREDENTIALS}/${name}`)),
      {
        files: {
          chain: `./${CREDENTIALS}/certificates.pem`,
          key: `./${CREDENTIALS}/private_key.pem`,
          root: `./${CREDENTIALS}/ca_certificates.pem`,
        },
        warmUp: false,
      },
    ],
    [
      "another process",
      {},
      { sockets: ["var/run/secrets/workload-spiffe-uds/socket"] },
      { socket: "./var/run/secrets/credential-uds/files-socket", filesOnly: true, warmUp: false },
    ],
  ])("%s, and no authority", async (_, env, machine, expected) => {
    const sds = await sdsOf(env, machine);
    expect(sds).toMatchObject(expected);
    expect(sds.ca).toBeUndefined();
  });

  test("without Envoy there is no socket, and certificates are kept up to date", async () => {
    const { sds } = await rendered({ DISABLE_ENVOY: "true", FILE_MOUNTED_CERTS: "true", ...CLIENT_ROOT });
    expect([sds?.socket, sds?.warmUp]).toEqual([undefined, true]);
  });

  test("PILOT_ENABLE_CA_CRL and FILE_DEBOUNCE_DURATION", async () => {
    const sds = await sdsOf({ PILOT_ENABLE_CA_CRL: "false", FILE_DEBOUNCE_DURATION: "2s" });
    expect([sds.crl, sds.debounce]).toEqual([undefined, 2_000]);
  });

  const CWD = PLACES["{{CWD}}"];
  test.each<[string, Env, SdsPlan["output"], boolean]>([
    ["nowhere", {}, undefined, true],
    ["a directory", { OUTPUT_CERTS: "/out" }, { directory: "/out", mode: 0o600 }, true],
    ["a directory in Kubernetes", { OUTPUT_CERTS: "/out", KUBERNETES_SERVICE_HOST: "1" }, { directory: "/out", mode: 0o644 }, true],
    ["a directory, not in Kubernetes", { OUTPUT_CERTS: "/out", KUBERNETES_SERVICE_HOST: "" }, { directory: "/out", mode: 0o600 }, true],
    ["that of the files", { OUTPUT_CERTS: "etc/certs" }, { directory: "etc/certs", mode: 0o600 }, false],
    ["that of the files, otherwise written", { OUTPUT_CERTS: "./etc//certs/" }, { directory: "./etc//certs/", mode: 0o600 }, false],
    ["that of the files, from the root", { OUTPUT_CERTS: `${CWD}/etc/certs` }, { directory: `${CWD}/etc/certs`, mode: 0o600 }, false],
    ["its namesake elsewhere", { OUTPUT_CERTS: "/etc/certs" }, { directory: "/etc/certs", mode: 0o600 }, true],
  ])("written to %s", async (_, env, output, areRead) => {
    const sds = await sdsOf(env);
    expect([sds.output, sds.files !== undefined]).toEqual([output, areRead]);
  });

  test.each<[string, object, SdsPlan["keyProvider"]]>([
    ["none", {}, undefined],
    ["cryptomb", { cryptomb: { pollDelay: "0.01s" } }, { name: "cryptomb", pollDelayNanos: 10_000_000, fallback: false }],
    ["qat", { qat: { pollDelay: "1.5s", fallback: true } }, { name: "qat", pollDelayNanos: 500_000_000, fallback: true }],
  ])("the key provider %s", async (name, privateKeyProvider, expected) => {
    expect((await sdsOf(name === "none" ? {} : proxyConfig({ privateKeyProvider }))).keyProvider).toEqual(expected);
  });
});

describe("gRPC metadata of variables", () => {
  test("those of a prefix, in lower case", async () => {
    const env = {
      ISTIO_META_CLUSTER_ID: "c",
      CA_HEADER_X_One: "1",
      "CA_HEADER_x-two": "",
      XDS_HEADER_authorization: "Basic abc",
      "XDS_HEADER_raw-bin": "\u00e9",
      XDS_HEADER_USER_AGENT: "u",
    };
    expect((await caOf(env)).headers).toEqual([
      ["clusterid", "c"],
      ["x_one", "1"],
      ["x-two", ""],
    ]);
    expect((await xdsOf(env)).headers).toEqual([
      ["clusterid", "c"],
      ["authorization", "Basic abc"],
      ["raw-bin", "w6k"],
      ["user_agent", "u"],
    ]);
  });

  test.each([
    ["CA_HEADER_", "1", 'Ignoring CA_HEADER_: "" is not the name of a header: use letters, digits, "_", "-" and "."'],
    ["CA_HEADER_a:b", "1", 'Ignoring CA_HEADER_a:b: "a:b" is not the name of a header: use letters, digits, "_", "-" and "."'],
    ["XDS_HEADER_CONNECTION", "1", 'Ignoring XDS_HEADER_CONNECTION: HTTP/2 does not allow the header "connection"'],
    ["XDS_HEADER_X", "a\nb", "Ignoring XDS_HEADER_X: its value must be printable ASCII"],
    ["XDS_HEADER_X", "\u00e9", "Ignoring XDS_HEADER_X: its value must be printable ASCII"],
    ["XDS_HEADER_GRPC-TIMEOUT", "1S", undefined],
    ["XDS_HEADER_CONTENT-TYPE", "x", undefined],
  ])("%s=%j cannot be sent", async (name, value, warning) => {
    const { mesh, warnings } = await startWith({ [name]: value });
    expect([...(mesh?.sds?.ca?.headers ?? []), ...(mesh?.xds?.headers ?? [])]).toEqual(Array(2).fill(["clusterid", ""]));
    expect(warnings.filter((text) => text.startsWith("Ignoring"))).toEqual(warning === undefined ? [] : [warning]);
  });
});

test("render shows no values of headers that variables set", async () => {
  const mesh = await rendered({ ISTIO_META_CLUSTER_ID: "c", CA_HEADER_A: "plain", XDS_HEADER_B: "plain" });
  expect([mesh.sds?.ca?.headers, mesh.xds?.headers]).toEqual(
    ["a", "b"].map((name) => [
      ["clusterid", "c"],
      [name, "***"],
    ]),
  );
});

describe("the xDS proxy", () => {
  test.each<[string, Env, readonly string[], object]>([
    ["names for a sidecar", { ISTIO_META_DNS_CAPTURE: "true" }, ["sidecar"], { subscribes: { nameTable: true, proxyConfig: false } }],
    ["no names for a gateway", { ISTIO_META_DNS_CAPTURE: "true" }, ["router"], { subscribes: { nameTable: false, proxyConfig: false } }],
    ["names for every role", { ISTIO_META_ENABLE_DNS_SERVER: "true" }, ["router"], { subscribes: { nameTable: true, proxyConfig: false } }],
    ["trust bundles", { PROXY_CONFIG_XDS_AGENT: "true" }, ["sidecar"], { subscribes: { nameTable: false, proxyConfig: true } }],
    ["a limit of messages", { ISTIO_GPRC_MAXRECVMSGSIZE: "100" }, ["sidecar"], { maxRequest: 100 }],
    ["a limit of streams", { ISTIO_GPRC_MAXSTREAMS: "7" }, ["sidecar"], { maxStreams: 7 }],
    ["an own directory", proxyConfig({ configPath: "/run/own" }), ["sidecar"], { socket: "/run/own/XDS" }],
  ])("%s", async (_, env, words, expected) => {
    expect((await meshOf(env, {}, words)).xds).toMatchObject(expected);
  });

  test("is there for a custom configuration, too", async () => {
    const env = proxyConfig({ customConfigFile: "own.yaml" });
    expect((await meshOf(env, filled("own.yaml"))).envoyNeeds).toBe("resources");
  });
});

describe("with --xds direct", () => {
  const direct = ["sidecar", "--xds", "direct"];
  const DIRECT = "Envoy connects to the control plane itself (--xds direct)";

  test.each<[string, Env, Partial<Case>, MeshPlan["envoyNeeds"] | undefined]>([
    ["TLS", {}, {}, "certificates"],
    ["plain text", proxyConfig({ controlPlaneAuthPolicy: "NONE" }), {}, undefined],
    ["provisioned certificates", { PROV_CERT: "prov" }, filled("prov/root-cert.pem"), "nothing"],
    [
      "provisioned certificates and the system's roots",
      { PROV_CERT: "p", CA_ROOT_CA: "SYSTEM", XDS_ROOT_CA: "SYSTEM" },
      {},
      "certificates",
    ],
  ])("%s", async (_, env, machine, needs) => {
    const { mesh } = await startWith(env, machine, direct);
    expect([mesh?.envoyNeeds, mesh?.xds, mesh?.sds !== undefined]).toEqual([needs, undefined, needs !== undefined]);
  });

  test("plain text needs no root certificate", async () => {
    const env = { ...BASE, ...proxyConfig({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "d:15010" }) };
    expect((await started("istio-1.30", { env }, direct)).launch).toBeDefined();
  });

  const OF_AGENT = "; --xds agent (ATTACHE_XDS) has health reports and trust bundles";
  test.each<[Env, string | undefined]>([
    [{}, undefined],
    [
      { ISTIO_META_DNS_CAPTURE: "true" },
      "the table of DNS names (ISTIO_META_DNS_CAPTURE, ISTIO_META_ENABLE_DNS_SERVER); attache does not resolve them with --xds agent either",
    ],
    [proxyConfig({ readinessProbe: { httpGet: { port: 80 } } }), `health reports (readinessProbe in the ProxyConfig)${OF_AGENT}`],
    [{ PROXY_CONFIG_XDS_AGENT: "true" }, `trust bundles (PROXY_CONFIG_XDS_AGENT)${OF_AGENT}`],
  ])("what is missing is said: %j", async (env, wanted) => {
    const { launch, warnings } = await startWith(env, {}, direct);
    const said = launch?.notices.filter(({ text }) => text.startsWith(DIRECT)) ?? [];
    expect(said.map(({ level }) => level)).toEqual([wanted === undefined ? "info" : "warn"]);
    expect(warnings.filter((text) => text.endsWith(`the settings ask for ${wanted}`))).toHaveLength(wanted === undefined ? 0 : 1);
  });
});

describe("the bootstrap of gRPC applications (contract 1.30 §13f)", () => {
  const fileOf = async (env: Env, words?: readonly string[]) => {
    const { launch } = await startWith(env, {}, words);
    return launch?.services.grpcBootstrap;
  };

  test("is written by default", async () => {
    const file = await fileOf({ ISTIO_META_OWN: "raw", INSTANCE_IP: "10.0.0.1", CLOUD_PLATFORM: "none" });
    const document = JSON.parse(file?.text ?? "");
    const { node } = document;
    expect([file?.path, file?.mode]).toEqual(["etc/istio/proxy/grpc-bootstrap.json", 0o644]);
    expect(Object.keys(document)).toEqual(["xds_servers", "node", "server_listener_resource_name_template"]);
    expect(document.xds_servers).toEqual([
      { server_uri: "unix:///etc/istio/proxy/XDS", channel_creds: [{ type: "insecure" }], server_features: ["xds_v3"] },
    ]);
    expect(Object.keys(node)).toEqual(["id", "metadata", "locality", "UserAgentVersionType"]);
    expect(node).toMatchObject({ id: "sidecar~10.0.0.1~p.ns~ns.svc.cluster.local", locality: {}, UserAgentVersionType: null });
    expect(node.metadata).toMatchObject({ GENERATOR: "grpc", NAMESPACE: "ns", PILOT_SAN: ["istiod.istio-system.svc"] });
    expect(Object.keys(node.metadata)).toEqual(Object.keys(node.metadata).sort());
    // Only keys that upstream has a field for.
    expect(node.metadata.OWN).toBeUndefined();
  });

  test("has the files of OUTPUT_CERTS", async () => {
    const document = JSON.parse((await fileOf({ OUTPUT_CERTS: "/out" }))?.text ?? "");
    expect(document.certificate_providers.default).toEqual({
      plugin_name: "file_watcher",
      config: {
        certificate_file: "/out/cert-chain.pem",
        private_key_file: "/out/key.pem",
        ca_certificate_file: "/out/root-cert.pem",
        refresh_interval: "900s",
      },
    });
  });

  test("has four slashes before an absolute path", async () => {
    const document = JSON.parse((await fileOf(proxyConfig({ configPath: "/run/own" })))?.text ?? "");
    expect(document.xds_servers[0].server_uri).toBe("unix:////run/own/XDS");
  });

  test.each<[string, Env, readonly string[]]>([
    ["without a path", { GRPC_XDS_BOOTSTRAP: "" }, ["sidecar"]],
    ["with --xds direct", {}, ["sidecar", "--xds", "direct"]],
  ])("is not written %s", async (_, env, words) => {
    expect(await fileOf(env, words)).toBeUndefined();
  });
});

test("a DNS proxy that is not there is a warning", async () => {
  const { warnings } = await startWith({ ISTIO_META_DNS_CAPTURE: "true" });
  expect(warnings.filter((text) => text.startsWith('Nothing is listening on "localhost:15053" (DNS_PROXY_ADDR)'))).toHaveLength(1);
});

test("resource files need nothing of a mesh", async () => {
  const files = { "xds/clusters.yaml": "resources: []", "xds/listeners.yaml": "resources: []" };
  const { launch } = await started("istio-1.30", { env: BASE, files }, ["sidecar", "--xds", "file:xds"]);
  expect(launch?.services.mesh).toBeUndefined();
});
