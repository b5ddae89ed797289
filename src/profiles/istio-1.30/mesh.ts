import type { Notice } from "../../common/notice.ts";
import { milliseconds, SECOND } from "../../go/duration.ts";
import { cleanPath, dirname, joinPath } from "../../go/path.ts";
import type { CaPlan, KeyPlan, KeyProvider, MeshPlan, SdsPlan, TokenSource, XdsPlan } from "../../mesh/mesh-plan.ts";
import { certificateNotices } from "./certificate-notices.ts";
import type { Config, Start, Variables } from "./contract.ts";
import { healthNotices, healthOf } from "./health.ts";
import { addressNotices, caEndpoint, discoveryEndpoint, keepaliveOf } from "./mesh-endpoints.ts";
import { clusterIdNotices, headersOf } from "./mesh-headers.ts";
import { resolvesNames } from "./status.ts";
import { certificateFiles, isFilesOnly, socketPaths, usesCa } from "./trust.ts";

const TOKEN = "./var/run/secrets/tokens/istio-token";
const CRL = "/var/run/secrets/istio/crl/ca-crl.pem";
const METADATA_SERVER = "169.254.169.254";
/** The smallest RSA key that upstream makes. */
const MINIMUM_BITS = 2_048;
/** The runtime's library makes no larger keys. */
const MAXIMUM_BITS = 16_384;
/** The limit of requests, in bytes, that Envoy's first one is sure to need: it names all extensions of Envoy. */
const SMALLEST_REQUEST = 65_536;
/** The largest number of streams that HTTP/2 can express. */
const MOST_STREAMS = 2 ** 32 - 1;

/** Returns what a proxy of release 1.30 that uses a mesh does in it (contract 1.30 §13a, §13b, §13c). */
export function meshOf(start: Start): MeshPlan {
  const paths = socketPaths(start);
  const isDirect = start.settings.invocation.switches.xds.kind === "direct";
  return {
    envoyNeeds: isDirect ? directNeeds(start) : "resources",
    sds: sdsOf(start, paths.sds),
    ...(paths.xds === undefined ? {} : { xds: xdsOf(start, paths.xds) }),
  };
}

/** Returns warnings about settings of a mesh that have no effect. */
export function meshNotices(start: Start): readonly Notice[] {
  const hasCa = usesCa(start);
  return [
    ...dnsNotices(start),
    ...(start.settings.invocation.switches.xds.kind === "agent" ? healthNotices(start) : []),
    ...addressNotices(start, hasCa),
    ...(hasCa ? [...certificateNotices(start.settings.variables), ...headersOfCa(start).notices] : []),
    ...(start.settings.invocation.switches.xds.kind === "agent" ? requestNotices(start.settings.variables) : []),
    ...headersOfXds(start).notices,
    ...clusterIdNotices(start.settings.variables.ISTIO_META_CLUSTER_ID),
  ];
}

function headersOfCa({ settings }: Start): ReturnType<typeof headersOf> {
  return headersOf(settings.inputs.environment, "CA_HEADER_", settings.variables.ISTIO_META_CLUSTER_ID);
}

/** Returns the headers of xDS streams. */
export function headersOfXds({ settings }: Start): ReturnType<typeof headersOf> {
  return headersOf(settings.inputs.environment, "XDS_HEADER_", settings.variables.ISTIO_META_CLUSTER_ID);
}

/** Returns the warning that requests of Envoy are larger than may be. */
function requestNotices({ ISTIO_GPRC_MAXRECVMSGSIZE: limit }: Variables): readonly Notice[] {
  if (limit >= SMALLEST_REQUEST) return [];
  const text = `ISTIO_GPRC_MAXRECVMSGSIZE is ${limit}: it limits the bytes of a request of Envoy, whose first one has about 60,000, so Envoy may get no configuration`;
  return [{ level: "warn", text }];
}

/** Returns the warning that the names of a table are not resolved. */
function dnsNotices({ settings }: Start): readonly Notice[] {
  if (!resolvesNames(settings) || settings.invocation.switches.xds.kind === "direct") return [];
  const address = settings.variables.DNS_PROXY_ADDR;
  const text = `Nothing is listening on "${address}" (DNS_PROXY_ADDR): this release of attache has no DNS proxy, so an application whose DNS queries are redirected there cannot resolve names; unset ISTIO_META_DNS_CAPTURE and ISTIO_META_ENABLE_DNS_SERVER`;
  return [{ level: "warn", text }];
}

function sdsOf(start: Start, socket: string | undefined): SdsPlan {
  const { settings, config } = start;
  const { variables: env, rules } = settings;
  const hasCa = usesCa(start);
  const { files, onlySource } = certificateFiles(start);
  const keyProvider = keyProviderOf(config.privateKeyProvider);
  const isKubernetes = (settings.inputs.environment.get("KUBERNETES_SERVICE_HOST") ?? "") !== "";
  return {
    ...(socket === undefined ? {} : { socket }),
    filesOnly: isFilesOnly(start),
    ...(isOutput(files.chain, start) ? {} : { files }),
    ...(hasCa ? { ca: caOf(start) } : onlySource === undefined ? {} : { onlySource }),
    warmUp: hasCa || env.DISABLE_ENVOY,
    ...(env.PILOT_ENABLE_CA_CRL ? { crl: CRL } : {}),
    ...(env.OUTPUT_CERTS === "" ? {} : { output: { directory: env.OUTPUT_CERTS, mode: isKubernetes ? 0o644 : 0o600 } }),
    ...(keyProvider && { keyProvider }),
    debounce: milliseconds(env.FILE_DEBOUNCE_DURATION),
    followsLinks: rules.followsLinks,
  };
}

/** Reports whether a file is in the directory to which certificates are written: nothing would ever be renewed from there (contract 1.30 §13a). */
function isOutput(path: string, { settings, answers }: Start): boolean {
  const output = settings.variables.OUTPUT_CERTS;
  if (output === "") return false;
  const directory = dirname(path);
  return cleanPath(output) === (output.startsWith("/") ? joinPath(answers.directory(), directory) : directory);
}

function keyProviderOf(provider: Config["privateKeyProvider"]): KeyProvider | undefined {
  const name = provider?.cryptomb === undefined ? "qat" : "cryptomb";
  const chosen = provider?.[name];
  if (chosen === undefined) return undefined;
  return { name, pollDelayNanos: Number((chosen.pollDelay ?? 0n) % SECOND), fallback: chosen.fallback === true };
}

function caOf(start: Start): CaPlan {
  const env = start.settings.variables;
  return {
    endpoint: caEndpoint(start),
    headers: headersOfCa(start).headers,
    token: tokenOf(env),
    identity: `spiffe://${env.TRUST_DOMAIN}/ns/${env.POD_NAMESPACE}/sa/${env.SERVICE_ACCOUNT}`,
    key: keyOf(env),
    lifetime: Number(env.SECRET_TTL / SECOND),
    certSigner: env.ISTIO_META_CERT_SIGNER,
    rotation: { ratio: env.SECRET_GRACE_PERIOD_RATIO, jitter: env.SECRET_GRACE_PERIOD_RATIO_JITTER },
  };
}

function keyOf(env: Variables): KeyPlan {
  const { ECC_SIGNATURE_ALGORITHM: algorithm, WORKLOAD_RSA_KEY_SIZE: bits, PKCS8_KEY: pkcs8 } = env;
  if (algorithm === "ECDSA") return { kind: "ec", curve: env.ECC_CURVE === "P384" ? "P-384" : "P-256", pkcs8 };
  if (algorithm !== "")
    return { kind: "none", problem: `ECC_SIGNATURE_ALGORITHM "${algorithm}" is not supported: it must be ECDSA, or empty for RSA` };
  if (bits < MINIMUM_BITS)
    return { kind: "none", problem: `WORKLOAD_RSA_KEY_SIZE must be at least ${MINIMUM_BITS}: current value is ${bits}` };
  if (bits > MAXIMUM_BITS)
    return { kind: "none", problem: `WORKLOAD_RSA_KEY_SIZE must be at most ${MAXIMUM_BITS}: current value is ${bits}` };
  return { kind: "rsa", bits, pkcs8 };
}

function tokenOf(env: Variables): TokenSource {
  if (env.CREDENTIAL_FETCHER_TYPE === "Mock") return { kind: "mock" };
  if (env.CREDENTIAL_FETCHER_TYPE !== "GoogleComputeEngine") return { kind: "file", path: TOKEN };
  return { kind: "gce", path: TOKEN, audience: env.TRUST_DOMAIN, host: env.GCE_METADATA_HOST || METADATA_SERVER };
}

function xdsOf(start: Start, socket: string): XdsPlan {
  const env = start.settings.variables;
  const health = healthOf(start);
  return {
    socket,
    endpoint: discoveryEndpoint(start),
    headers: headersOfXds(start).headers,
    token: tokenOf(env),
    subscribes: { nameTable: resolvesNames(start.settings), proxyConfig: env.PROXY_CONFIG_XDS_AGENT },
    checksExtensions: env.ISTIO_AGENT_ENABLE_WASM_REMOTE_LOAD_CONVERSION,
    ...(health && { health }),
    maxRequest: env.ISTIO_GPRC_MAXRECVMSGSIZE,
    maxStreams: env.ISTIO_GPRC_MAXSTREAMS > 0 ? Math.min(env.ISTIO_GPRC_MAXSTREAMS, MOST_STREAMS) : MOST_STREAMS,
    keepalive: keepaliveOf(env, "server"),
  };
}

/** Returns what Envoy's own connection to the control plane gets from the agent: what is not in files (direct.ts). */
function directNeeds(start: Start): MeshPlan["envoyNeeds"] {
  const { tls } = discoveryEndpoint(start);
  return tls?.client === undefined || tls.roots.kind === "system" ? "certificates" : "nothing";
}
