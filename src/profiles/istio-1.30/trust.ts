import { joinPath } from "../../go/path.ts";
import type { CertificateFiles, SocketPaths, TlsPlan } from "../../mesh/mesh-plan.ts";
import { PORT } from "../../settings/ports.ts";
import type { Config, Start, Variables } from "./contract.ts";
import { refuse } from "./refuse.ts";
import { providedRoot, REMEDY, type Roots, requiredRoot } from "./root-file.ts";

const WORKLOAD_SOCKETS = "./var/run/secrets/workload-spiffe-uds";
const WORKLOAD_CREDENTIALS = "./var/run/secrets/workload-spiffe-credentials";
const CERTIFICATES = "./etc/certs";
export const MOUNTED_ROOT = `${CERTIFICATES}/root-cert.pem`;
export const ISTIOD_ROOT = "./var/run/secrets/istio/root-cert.pem";
/** The socket of an external credential provider; metadata report whether it is served (contract 1.30 §3). */
export const CREDENTIAL_SOCKET = "./var/run/secrets/credential-uds/socket";
/** The agent's own socket for certificate files, beside an external workload socket. */
export const FILES_SOCKET = "./var/run/secrets/credential-uds/files-socket";
/** The metadata key that makes Envoy request certificate files at `FILES_SOCKET`; its value does not matter. */
export const FILES_ONLY_KEY = "file-credential";
export const SYSTEM = "SYSTEM";
export const GKE = "GkeWorkloadCertificate";
/** The keys of proxyMetadata that name the files of a connection to the control plane. */
export const CLIENT = {
  root: "ISTIO_META_TLS_CLIENT_ROOT_CERT",
  chain: "ISTIO_META_TLS_CLIENT_CERT_CHAIN",
  key: "ISTIO_META_TLS_CLIENT_KEY",
} as const;

/** Returns the path of the socket that serves workload certificates. */
export function workloadSocket(env: Variables): string {
  return `${WORKLOAD_SOCKETS}/${env.WORKLOAD_IDENTITY_SOCKET_FILE}`;
}

/** Reports whether another process serves workload certificates, so that the agent serves only files (contract 1.30 §9.1 step 3). */
export function isFilesOnly({ settings, answers }: Start): boolean {
  return answers.socket(workloadSocket(settings.variables)) === "healthy";
}

/** Reports whether Envoy, or an application without one, needs the agent for certificates or resources. */
export function usesMesh({ settings, config }: Start): boolean {
  const { kind } = settings.invocation.switches.xds;
  return kind === "agent" || (kind === "direct" && hasXdsTls(config));
}

/** Returns the paths of the agent's own sockets that Envoy or applications connect to (contract 1.30 §3). */
export function socketPaths(start: Start): SocketPaths {
  if (!usesMesh(start)) return {};
  const { settings, config } = start;
  const env = settings.variables;
  return {
    ...(env.DISABLE_ENVOY ? {} : { sds: isFilesOnly(start) ? FILES_SOCKET : workloadSocket(env) }),
    ...(settings.invocation.switches.xds.kind === "agent" ? { xds: joinPath(config.configPath ?? "", "XDS") } : {}),
  };
}

function hasXdsTls({ controlPlaneAuthPolicy = "NONE" }: Config): boolean {
  return controlPlaneAuthPolicy !== "NONE";
}

/** Returns the certificate files that a platform mounts for the workload. */
export function credentialFiles(): readonly string[] {
  return pathsOf(filesIn(WORKLOAD_CREDENTIALS));
}

/** Returns the same files by their names in GKE. */
export function gkeFiles(): readonly string[] {
  return pathsOf(GKE_FILES);
}

function filesIn(directory: string): CertificateFiles {
  return { chain: `${directory}/cert-chain.pem`, key: `${directory}/key.pem`, root: `${directory}/root-cert.pem` };
}

const GKE_FILES: CertificateFiles = {
  chain: `${WORKLOAD_CREDENTIALS}/certificates.pem`,
  key: `${WORKLOAD_CREDENTIALS}/private_key.pem`,
  root: `${WORKLOAD_CREDENTIALS}/ca_certificates.pem`,
};

function pathsOf({ chain, key, root }: CertificateFiles): readonly string[] {
  return [chain, key, root];
}

/**
 * Returns the certificate files; `onlySource`: what makes them the only source of certificates, for messages; absent if a certificate
 * authority is used as well (contract 1.30 §3, §13b).
 */
export function certificateFiles({ settings, answers }: Start): { readonly files: CertificateFiles; readonly onlySource?: string } {
  const env = settings.variables;
  if (arePresent(credentialFiles(), answers))
    return { files: filesIn(WORKLOAD_CREDENTIALS), onlySource: `the platform has mounted "${WORKLOAD_CREDENTIALS}"` };
  if (env.CA_PROVIDER === GKE) return { files: GKE_FILES, onlySource: `CA_PROVIDER is ${GKE}` };
  return { files: filesIn(CERTIFICATES), ...(env.FILE_MOUNTED_CERTS ? { onlySource: "FILE_MOUNTED_CERTS is true" } : {}) };
}

/** Reports whether certificates come from files only. */
function areMounted(start: Start): boolean {
  return certificateFiles(start).onlySource !== undefined;
}

/** Reports whether all files exist. */
export function arePresent(files: readonly string[], answers: Start["answers"]): boolean {
  return files.every((each) => answers.stat(each) !== "missing");
}

/** Reports whether certificates are issued by a certificate authority (contract 1.30 §13b). */
export function usesCa(start: Start): boolean {
  return !isFilesOnly(start) && !areMounted(start);
}

/** Returns the address of the certificate authority. */
export function caAddress({ settings, config }: Start): string {
  return settings.variables.CA_ADDR || (config.discoveryAddress ?? "");
}

/** Where the file of istiod's certificate comes from. */
const INJECTED = "normally mounted by the injector";

/** Returns where the root certificates of the operating system are, which Go's two variables can change. */
function systemRoots({ SSL_CERT_FILE: file, SSL_CERT_DIR: directories }: Start["settings"]["variables"]): Roots {
  return {
    kind: "system",
    ...(file !== "" && { files: [file] }),
    ...(directories !== "" && { directories: directories.split(":") }),
  };
}

/** Returns the root certificates for the certificate authority; undefined for plain text (contract 1.30 §13b). @throws ConfigError */
export function caRoots(start: Start): Roots | undefined {
  const env = start.settings.variables;
  const address = caAddress(start);
  const provider = address.includes("googleapis.com") ? "GoogleCA" : env.CA_PROVIDER;
  if (provider !== "Citadel")
    refuse("Cannot use security settings", [
      `CA provider "${provider}" not registered (${provider === env.CA_PROVIDER ? "CA_PROVIDER" : `CA_ADDR or discovery address "${address}"`}); use Citadel`,
    ]);
  if (address.endsWith(`:${PORT.plaintextXds}`)) return undefined;
  if (env.CA_ROOT_CA === SYSTEM) return systemRoots(env);
  if (env.CA_ROOT_CA !== "") return requiredRoot("CA", env.CA_ROOT_CA, "CA_ROOT_CA", start);
  if (env.PILOT_CERT_PROVIDER === "custom") return requiredRoot("CA", MOUNTED_ROOT, "PILOT_CERT_PROVIDER custom", start);
  if (env.PROV_CERT !== "") return providedRoot("CA", start, 1);
  if (env.PILOT_CERT_PROVIDER === "none")
    refuse("Cannot find the root certificate for the CA", [`PILOT_CERT_PROVIDER is none and CA_ROOT_CA is not set${REMEDY.CA}`]);
  return requiredRoot("CA", ISTIOD_ROOT, INJECTED, start);
}

/** Returns the root certificates for the control plane; undefined for plain text (contract 1.30 §13c). @throws ConfigError */
export function xdsRoots(start: Start): Roots | undefined {
  const { settings, config, answers } = start;
  const env = settings.variables;
  if (!hasXdsTls(config)) return undefined;
  if (env.XDS_ROOT_CA === SYSTEM) return systemRoots(env);
  if (env.XDS_ROOT_CA !== "") return requiredRoot("XDS", env.XDS_ROOT_CA, "XDS_ROOT_CA", start);
  if (answers.stat(MOUNTED_ROOT) === "file") return requiredRoot("XDS", MOUNTED_ROOT, "used because it is there", start);
  if (env.PROV_CERT !== "") return providedRoot("XDS", start, 255);
  if (areMounted(start)) return requiredRoot("XDS", config.proxyMetadata?.[CLIENT.root] ?? "", `proxyMetadata ${CLIENT.root}`, start);
  if (env.PILOT_CERT_PROVIDER === "none")
    refuse("Cannot find the root certificate for the control plane", [
      `PILOT_CERT_PROVIDER is none and XDS_ROOT_CA is not set${REMEDY.XDS}`,
    ]);
  return requiredRoot("XDS", ISTIOD_ROOT, INJECTED, start);
}

/** Reports whether root certificates are those of the control plane's own authority, which also issues workload certificates. */
export function areIstiods(roots: Roots): boolean {
  return roots.kind === "file" && roots.path === ISTIOD_ROOT;
}

/** Returns the client certificate for the certificate authority: a provisioned one (contract 1.30 §13b). */
export function caClient({ settings }: Start): TlsPlan["client"] {
  const directory = settings.variables.PROV_CERT;
  if (directory === "") return undefined;
  return { chain: joinPath(directory, "cert-chain.pem"), key: joinPath(directory, "key.pem"), origin: "PROV_CERT" };
}

/** Returns the client certificate for the control plane: a provisioned one, or the file of a connection without an authority (contract 1.30 §13c). */
export function xdsClient(start: Start): TlsPlan["client"] {
  const provisioned = caClient(start);
  if (provisioned !== undefined || !areMounted(start)) return provisioned;
  const { proxyMetadata } = start.config;
  const { [CLIENT.chain]: chain = "", [CLIENT.key]: key = "" } = proxyMetadata ?? {};
  return chain === "" || key === "" ? undefined : { chain, key, origin: `proxyMetadata ${CLIENT.chain}` };
}
