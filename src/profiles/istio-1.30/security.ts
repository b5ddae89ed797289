import type { Notice } from "../../common/notice.ts";
import { basePath, joinPath } from "../../go/path.ts";
import type { Question } from "../../inputs/questions.ts";
import { socketPathProblem } from "../../linux/socket-path.ts";
import type { Config, Settings, Start, Variables } from "./contract.ts";
import { refuse } from "./refuse.ts";
import {
  arePresent,
  CLIENT,
  CREDENTIAL_SOCKET,
  caRoots,
  credentialFiles,
  GKE,
  gkeFiles,
  ISTIOD_ROOT,
  isFilesOnly,
  MOUNTED_ROOT,
  SYSTEM,
  usesCa,
  usesMesh,
  workloadSocket,
  xdsRoots,
} from "./trust.ts";

/** Returns what the decisions below need to know about the machine. */
export function securityQuestions(settings: Settings): readonly Question[] {
  const env = settings.variables;
  const sockets: Question[] = [{ kind: "socket", path: CREDENTIAL_SOCKET }];
  if (basePath(env.WORKLOAD_IDENTITY_SOCKET_FILE) === env.WORKLOAD_IDENTITY_SOCKET_FILE)
    sockets.push({ kind: "socket", path: workloadSocket(env) });
  const files = env.CA_PROVIDER === GKE ? [...credentialFiles(), ...gkeFiles()] : credentialFiles();
  const roots = [MOUNTED_ROOT, ...rootCandidates(settings.merged, env)];
  return [
    ...sockets,
    ...[...files, ...roots].map((path): Question => ({ kind: "stat", path })),
    ...roots.map((path): Question => ({ kind: "certificates", path })),
  ];
}

/** Returns the question that decides whether certificates are written into the directory that they would be read from. */
export function outputQuestions({ variables }: Settings): readonly Question[] {
  return variables.OUTPUT_CERTS.startsWith("/") ? [{ kind: "directory" }] : [];
}

function rootCandidates(config: Config, env: Variables): readonly string[] {
  const mounted = config.proxyMetadata?.[CLIENT.root];
  const named = [env.CA_ROOT_CA, env.XDS_ROOT_CA, mounted ?? ""].filter((path) => path !== "" && path !== SYSTEM);
  return [...named, ISTIOD_ROOT, ...(env.PROV_CERT === "" ? [] : [joinPath(env.PROV_CERT, "root-cert.pem")])];
}

/**
 * Makes the security decisions that upstream makes before Envoy starts, in its order (contract 1.30 §9.1 steps 2, 3, 4 and 5, §13b, §13c).
 * @throws ConfigError where upstream refuses the start
 */
export function decideSecurity(start: Start): { readonly notices: readonly Notice[]; readonly removals: readonly string[] } {
  const { settings, answers } = start;
  const env = settings.variables;
  const isGke = env.CA_PROVIDER === GKE;
  const problems = [
    ...optionProblems(env),
    ...(isGke && !arePresent(gkeFiles(), answers)
      ? [`GKE workload certificate files (${gkeFiles().join(", ")}) not present (CA_PROVIDER)`]
      : []),
  ];
  if (problems.length > 0) refuse("Cannot use security settings", problems);
  const socket = env.WORKLOAD_IDENTITY_SOCKET_FILE;
  if (basePath(socket) !== socket)
    refuse("Cannot use the workload socket", [
      `workload identity socket file override must be a filename, not a path: "${socket}" (WORKLOAD_IDENTITY_SOCKET_FILE)`,
    ]);
  const path = workloadSocket(env);
  if (!isFilesOnly(start) && socket !== "socket")
    refuse("Cannot use the workload socket", [`${unanswered(path)} (set by WORKLOAD_IDENTITY_SOCKET_FILE)`]);
  if (usesMesh(start)) {
    if (usesCa(start)) caRoots(start);
    xdsRoots(start);
  }
  const silent = [path, CREDENTIAL_SOCKET].filter((each) => answers.socket(each) === "unresponsive");
  return {
    removals: silent,
    notices: silent.map((each) => ({ level: "warn", text: `Removing the stale socket "${each}": no gRPC server answers on it` })),
  };
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

/** Returns why nobody answers on a socket. */
function unanswered(path: string): string {
  const problem = socketPathProblem(Buffer.byteLength(path));
  return problem === undefined
    ? `no gRPC server answers on the workload socket "${path}"`
    : `no gRPC server can answer on the workload socket "${path}": ${problem}`;
}
