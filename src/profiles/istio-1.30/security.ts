import { ConfigError } from "../../common/errors.ts";
import type { Notice } from "../../common/notice.ts";
import { basePath, joinPath } from "../../go/path.ts";
import type { Answers, Question } from "../../inputs/questions.ts";
import { PORT } from "../../settings/ports.ts";
import type { Config, Settings, Start, Variables } from "./contract.ts";

const WORKLOAD_SOCKETS = "./var/run/secrets/workload-spiffe-uds";
const WORKLOAD_CREDENTIALS = "./var/run/secrets/workload-spiffe-credentials";
const CERTIFICATES = "./etc/certs";
const ISTIOD_ROOT = "./var/run/secrets/istio/root-cert.pem";
/** The socket of an external credential provider; metadata report whether it is served (contract 1.30 §3). */
export const CREDENTIAL_SOCKET = "./var/run/secrets/credential-uds/socket";
/** The agent's own socket for certificate files, beside an external workload socket. */
export const FILES_SOCKET = "./var/run/secrets/credential-uds/files-socket";
/** The metadata key that makes Envoy request certificate files at `FILES_SOCKET`; its value does not matter. */
export const FILES_ONLY_KEY = "file-credential";
const SYSTEM = "SYSTEM";
const GKE = "GkeWorkloadCertificate";

/** Returns the path of the socket that serves workload certificates. */
export function workloadSocket(env: Variables): string {
  return `${WORKLOAD_SOCKETS}/${env.WORKLOAD_IDENTITY_SOCKET_FILE}`;
}

/** Returns what the decisions below need to know about the machine. */
export function securityQuestions(settings: Settings): readonly Question[] {
  const env = settings.variables;
  const sockets: Question[] = [{ kind: "socket", path: CREDENTIAL_SOCKET }];
  if (basePath(env.WORKLOAD_IDENTITY_SOCKET_FILE) === env.WORKLOAD_IDENTITY_SOCKET_FILE)
    sockets.push({ kind: "socket", path: workloadSocket(env) });
  const files = env.CA_PROVIDER === GKE ? [...credentialFiles(), ...gkeFiles()] : credentialFiles();
  const stats = [...files, `${CERTIFICATES}/root-cert.pem`, ...rootCandidates(settings.merged, env)];
  return [...sockets, ...stats.map((path): Question => ({ kind: "stat", path }))];
}

function credentialFiles(): readonly string[] {
  return ["cert-chain.pem", "key.pem", "root-cert.pem"].map((name) => `${WORKLOAD_CREDENTIALS}/${name}`);
}

/** Returns the same files by their names in GKE. */
function gkeFiles(): readonly string[] {
  return ["certificates.pem", "private_key.pem", "ca_certificates.pem"].map((name) => `${WORKLOAD_CREDENTIALS}/${name}`);
}

function rootCandidates(config: Config, env: Variables): readonly string[] {
  const mounted = config.proxyMetadata?.["ISTIO_META_TLS_CLIENT_ROOT_CERT"];
  const named = [env.CA_ROOT_CA, env.XDS_ROOT_CA, mounted ?? ""].filter((path) => path !== "" && path !== SYSTEM);
  return [...named, ISTIOD_ROOT, ...(env.PROV_CERT === "" ? [] : [joinPath(env.PROV_CERT, "root-cert.pem")])];
}

/** Reports whether another process serves workload certificates, so that the agent serves only files (contract 1.30 §9.1 step 3). */
export function isFilesOnly({ settings, answers }: Start): boolean {
  return answers.socket(workloadSocket(settings.variables)) === "healthy";
}

/**
 * Makes the security decisions that upstream makes before Envoy starts, in its order (contract 1.30 §9.1 steps 2, 3, 4 and 5, §13b, §13c).
 * @throws ConfigError where upstream refuses the start
 */
export function decideSecurity(start: Start): { readonly notices: readonly Notice[]; readonly removals: readonly string[] } {
  const { settings, config, answers } = start;
  const env = settings.variables;
  const arePresent = (files: readonly string[]) => files.every((each) => answers.stat(each) !== "missing");
  const isGke = env.CA_PROVIDER === GKE;
  refuse("Cannot use security settings", [
    ...optionProblems(env),
    ...(isGke && !arePresent(gkeFiles()) ? [`GKE workload certificate files (${gkeFiles().join(", ")}) not present (CA_PROVIDER)`] : []),
  ]);
  const socket = env.WORKLOAD_IDENTITY_SOCKET_FILE;
  if (basePath(socket) !== socket)
    refuse("Cannot use the workload socket", [
      `workload identity socket file override must be a filename, not a path: "${socket}" (WORKLOAD_IDENTITY_SOCKET_FILE)`,
    ]);
  const filesOnly = isFilesOnly(start);
  const path = workloadSocket(env);
  if (!filesOnly && socket !== "socket")
    refuse("Cannot use the workload socket", [
      `nothing is listening on the workload socket "${path}" (set by WORKLOAD_IDENTITY_SOCKET_FILE)`,
    ]);
  const mounted = env.FILE_MOUNTED_CERTS || isGke || arePresent(credentialFiles());
  // With files there is no connection to a certificate authority or a control plane.
  const isServed = settings.invocation.switches.xds.kind === "agent";
  if (isServed && !filesOnly && !mounted) checkCa(config.discoveryAddress ?? "", env, answers);
  if (isServed && (config.controlPlaneAuthPolicy ?? "NONE") !== "NONE") checkXdsRoot(config, env, answers, mounted);
  const silent = [path, CREDENTIAL_SOCKET].filter((each) => answers.socket(each) === "unresponsive");
  return {
    removals: silent,
    notices: silent.map((each) => ({ level: "warn", text: `Removing the stale socket "${each}": nothing is listening on it` })),
  };
}

function refuse(summary: string, problems: readonly string[], status = 255): void {
  if (problems.length > 0) throw new ConfigError(summary, problems, status);
}

const FETCHERS = ["JWT", "", "GoogleComputeEngine", "Mock"];

function optionProblems(env: Variables): readonly string[] {
  const isGke = env.CA_PROVIDER === GKE;
  return [
    ...(env.FILE_MOUNTED_CERTS && env.PROV_CERT !== ""
      ? [`FILE_MOUNTED_CERTS and PROV_CERT cannot both be set: PROV_CERT is "${env.PROV_CERT}"`]
      : []),
    ...(isGke && env.PROV_CERT !== ""
      ? [`CA_PROVIDER GkeWorkloadCertificate and PROV_CERT cannot both be set: PROV_CERT is "${env.PROV_CERT}"`]
      : []),
    ...(FETCHERS.includes(env.CREDENTIAL_FETCHER_TYPE)
      ? []
      : [
          `invalid credential fetcher type "${env.CREDENTIAL_FETCHER_TYPE}" (CREDENTIAL_FETCHER_TYPE); use JWT, GoogleComputeEngine or Mock`,
        ]),
  ];
}

/** Requires a known certificate authority and its root certificate, unless it is reached in plain text (contract 1.30 §13b). */
function checkCa(discoveryAddress: string, env: Variables, answers: Answers): void {
  const address = env.CA_ADDR || discoveryAddress;
  const provider = address.includes("googleapis.com") ? "GoogleCA" : env.CA_PROVIDER;
  if (provider !== "Citadel")
    refuse("Cannot use security settings", [
      `CA provider "${provider}" not registered (${provider === env.CA_PROVIDER ? "CA_PROVIDER" : `CA_ADDR or discovery address "${address}"`}); use Citadel`,
    ]);
  if (address.endsWith(`:${PORT.plaintextXds}`) || env.CA_ROOT_CA === SYSTEM) return;
  const origin = "mounted by the injector";
  if (env.CA_ROOT_CA !== "") requireFile("CA", env.CA_ROOT_CA, "CA_ROOT_CA", answers);
  else if (env.PILOT_CERT_PROVIDER === "custom") requireFile("CA", `${CERTIFICATES}/root-cert.pem`, origin, answers);
  else if (env.PROV_CERT !== "") requireProvided("CA", env, answers, 1);
  else if (env.PILOT_CERT_PROVIDER === "none")
    refuse("Cannot find the root certificate for the CA", [`PILOT_CERT_PROVIDER is none and CA_ROOT_CA is not set${REMEDY.CA}`]);
  else requireFile("CA", ISTIOD_ROOT, origin, answers);
}

/** Requires the root certificate of the control plane (contract 1.30 §13c, upstream TLS). */
function checkXdsRoot(config: Config, env: Variables, answers: Answers, mounted: boolean): void {
  if (env.XDS_ROOT_CA === SYSTEM) return;
  const clientRoot = config.proxyMetadata?.["ISTIO_META_TLS_CLIENT_ROOT_CERT"] ?? "";
  if (env.XDS_ROOT_CA !== "") requireFile("XDS", env.XDS_ROOT_CA, "XDS_ROOT_CA", answers);
  else if (answers.stat(`${CERTIFICATES}/root-cert.pem`) === "file") return;
  else if (env.PROV_CERT !== "") requireProvided("XDS", env, answers, 255);
  else if (mounted) requireFile("XDS", clientRoot, "proxyMetadata ISTIO_META_TLS_CLIENT_ROOT_CERT", answers);
  else if (env.PILOT_CERT_PROVIDER === "none")
    refuse("Cannot find the root certificate for the control plane", [
      `PILOT_CERT_PROVIDER is none and XDS_ROOT_CA is not set${REMEDY.XDS}`,
    ]);
  else requireFile("XDS", ISTIOD_ROOT, "mounted by the injector", answers);
}

const PEERS = { CA: "the CA", XDS: "the control plane" } as const;
const REMEDY = {
  CA: `; set CA_ROOT_CA to a file (or SYSTEM for the system's certificates); a CA on port ${PORT.plaintextXds} and --xds file:DIR need none`,
  XDS: "; set XDS_ROOT_CA to a file (or SYSTEM for the system's certificates); controlPlaneAuthPolicy NONE and --xds file:DIR need none",
} as const;

/** Requires the root certificate in the directory PROV_CERT. Upstream opens it later, with a different exit status. */
function requireProvided(what: keyof typeof REMEDY, env: Variables, answers: Answers, status: number): void {
  const root = joinPath(env.PROV_CERT, "root-cert.pem");
  if (answers.stat(root) === "file") return;
  refuse(`Cannot find the root certificate for ${PEERS[what]}`, [`"${root}" is not a file (PROV_CERT)${REMEDY[what]}`], status);
}

function requireFile(what: keyof typeof REMEDY, path: string, origin: string, answers: Answers): void {
  if (path !== "" && answers.stat(path) === "file") return;
  refuse(`Cannot find the root certificate for ${PEERS[what]}`, [
    `root CA file for ${what} does not exist: "${path}" (${origin})${REMEDY[what]}`,
  ]);
}
