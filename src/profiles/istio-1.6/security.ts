import { ConfigError } from "../../common/errors.ts";
import type { Notice } from "../../common/notice.ts";
import { splitHostPort } from "../../go/host-port.ts";
import { joinPath } from "../../go/path.ts";
import type { Answers, Question } from "../../inputs/questions.ts";
import { PORT } from "../../settings/ports.ts";
import type { Changes } from "./changes.ts";
import type { Config, Settings, Start, Variables } from "./contract.ts";

const CERTIFICATES = "./etc/certs";
const CA_ROOT_DIRECTORY = "./var/run/secrets/istio";
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const GATEWAY_SECRETS = "/var/run/ingress_gateway";
const TOKENS: Readonly<Record<string, string>> = {
  "third-party-jwt": "./var/run/secrets/tokens/istio-token",
  "first-party-jwt": `${SERVICE_ACCOUNT}/token`,
};

/** Returns what the decisions below need to know about the machine. */
export function securityQuestions(settings: Settings): readonly Question[] {
  const env = settings.variables;
  const token = TOKENS[env.JWT_POLICY];
  const directory = env.PROV_CERT || CERTIFICATES;
  const looked = [
    ...(token === undefined ? [] : [token]),
    ...["key.pem", "root-cert.pem"].map((name) => joinPath(directory, name)),
    ...(settings.role === "router" ? [GATEWAY_SECRETS] : []),
  ];
  const opened = [
    ...[directory, CA_ROOT_DIRECTORY].flatMap((each) => rootPath(env, each) ?? []),
    ...(settings.role === "router" ? [`${SERVICE_ACCOUNT}/token`] : []),
  ];
  return [
    ...looked.map((path): Question => ({ kind: "stat", path })),
    ...[...new Set(opened)].map((path): Question => ({ kind: "read", path })),
  ];
}

/** Returns the root certificate of the control plane; undefined for an unknown provider. */
function rootPath(env: Variables, rootDirectory: string): string | undefined {
  const roots: Readonly<Record<string, string>> = {
    istiod: joinPath(rootDirectory, "root-cert.pem"),
    kubernetes: `${SERVICE_ACCOUNT}/ca.crt`,
    custom: joinPath(CERTIFICATES, "root-cert.pem"),
  };
  return roots[env.PILOT_CERT_PROVIDER];
}

/**
 * Makes the decisions that upstream makes before Envoy starts: how the agent authenticates, whether the control plane is
 * reached over TLS, and where its root certificate is (contract 1.6 §13.1, §13.2, §13.3). @throws ConfigError, status 1, where upstream refuses
 */
export function decideSecurity(
  start: Start,
  changes: Changes,
): {
  readonly config: Config;
  readonly notices: readonly Notice[];
  readonly removals: readonly string[];
} {
  const { settings, config, answers } = start;
  const env = settings.variables;
  // Mounted certificates need neither a certificate authority nor a token.
  if (changes.fileMountedCerts && env.FILE_MOUNTED_CERTS) return { config, notices: [], removals: [] };
  const address = config.discoveryAddress ?? "";
  const split = splitHostPort(address);
  if (!split.ok) throw refusal(`Invalid discovery address "${address}": ${split.error} (pod annotation sidecar.istio.io/discoveryAddress)`);
  const onTlsPort = split.value.port === String(PORT.tlsXds);
  const { rootDirectory, notices } = credentials(env, answers, onTlsPort);
  const requiresCertificates = config.controlPlaneAuthPolicy === "MUTUAL_TLS" || onTlsPort;
  if (!(env.CA_ADDR || address).endsWith(`:${PORT.plaintextXds}`) && requiresCertificates) checkRoot(env, answers, rootDirectory);
  if (settings.role === "router" && answers.stat(GATEWAY_SECRETS) !== "missing") checkKubernetes(settings, answers);
  return { config: requiresCertificates ? { ...config, controlPlaneAuthPolicy: "MUTUAL_TLS" } : config, notices, removals: [] };
}

function refusal(problem: string): ConfigError {
  return new ConfigError("Cannot talk to the control plane", [problem], 1);
}

/** Requires a token or existing certificates; without either only a plaintext control plane works. */
function credentials(
  env: Variables,
  answers: Answers,
  onTlsPort: boolean,
): { readonly rootDirectory: string; readonly notices: readonly Notice[] } {
  const token = TOKENS[env.JWT_POLICY];
  const hasToken = token !== undefined && answers.stat(token) !== "missing";
  if (hasToken && env.PROV_CERT === "") return { rootDirectory: CA_ROOT_DIRECTORY, notices: [] };
  const directory = env.PROV_CERT || CERTIFICATES;
  const notices: Notice[] = [];
  if (answers.stat(joinPath(directory, "key.pem")) !== "missing")
    notices.push({ level: "warn", text: `Using existing certificate ${directory}` });
  else {
    const missing =
      token === undefined ? `JWT_POLICY "${env.JWT_POLICY}" has no token` : `"${token}" does not exist (JWT_POLICY ${env.JWT_POLICY})`;
    if (onTlsPort)
      throw refusal(
        `Missing JWT, can't authenticate with control plane: ${missing}, nor does "${joinPath(directory, "key.pem")}". Try using plain text (${PORT.plaintextXds})`,
      );
    notices.push({ level: "warn", text: `Missing JWT token, can't use in process SDS: ${missing}` });
  }
  const hasRoot = answers.stat(joinPath(directory, "root-cert.pem")) !== "missing";
  return { rootDirectory: hasRoot ? directory : CA_ROOT_DIRECTORY, notices };
}

function checkRoot(env: Variables, answers: Answers, rootDirectory: string): void {
  const root = rootPath(env, rootDirectory);
  if (root === undefined) throw refusal(`unknown cert provider "${env.PILOT_CERT_PROVIDER}" (PILOT_CERT_PROVIDER)`);
  if (answers.read(root).kind !== "text")
    throw refusal(
      `invalid config - port ${PORT.tlsXds} missing a root certificate: "${root}" is not a readable file (PILOT_CERT_PROVIDER ${env.PILOT_CERT_PROVIDER})`,
    );
}

/** With a gateway secrets directory, upstream's agent connects to Kubernetes, and fails outside of a pod. */
function checkKubernetes({ inputs }: Settings, answers: Answers): void {
  const inCluster =
    (inputs.environment.get("KUBERNETES_SERVICE_HOST") ?? "") !== "" && (inputs.environment.get("KUBERNETES_SERVICE_PORT") ?? "") !== "";
  if (inCluster && answers.read(`${SERVICE_ACCOUNT}/token`).kind === "text") return;
  throw new ConfigError(
    "Cannot serve gateway secrets",
    [
      `"${GATEWAY_SECRETS}" exists, so Kubernetes secrets are expected, but this is not a pod: KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT or the service account token is missing`,
    ],
    1,
  );
}
