import { closeSync, fchmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { eventually, untilTrue } from "../../support/eventually.ts";
import type { Authority } from "./authority.ts";

/** How a pod is started: an agent with its Envoy, in a directory of its own that has what the kubelet and the injector put there. */
export interface PodSetting {
  /** The agent: attache or a real pilot-agent. */
  readonly command: readonly string[];
  readonly authority: Authority;
  /** The control plane, `host:port`. */
  readonly discovery: string;
  readonly isPlain?: boolean;
  /** The certificate authority; absent: that of the control plane, unless it is plain text. */
  readonly ca?: string;
  readonly role?: "sidecar" | "router";
  readonly name?: string;
  readonly serviceAccount?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Arguments after the role. */
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly proxyConfig?: Readonly<Record<string, unknown>>;
  readonly token?: string;
  /** Empty directories below that of the pod: its volumes. */
  readonly volumes?: readonly string[];
  /** Further files, by their path. */
  readonly files?: Readonly<Record<string, string>>;
  /** The network to run in; absent: that of the test. */
  readonly network?: Network;
  /** Whether agent and Envoy run as uid 1337, as in a pod, and not as the user of the test. */
  readonly isUnprivileged?: boolean;
  /** The access of others to the file that standard output goes to. */
  readonly logMode?: number;
}

/** A network with one address, and what a command is started with to run in it. */
export interface Network {
  readonly address: string;
  readonly enter: readonly string[];
}

/** A running pod; its files go with the scope. */
export interface Pod extends AsyncDisposable {
  readonly agent: Bun.Subprocess;
  readonly network: Network;
  /** Starts the agent again in its directory, as the kubelet does after a container has ended. */
  readonly startAgain: () => void;
  readonly directory: string;
  /** What agent and Envoy have logged. */
  readonly log: () => string;
  readonly isReady: () => Promise<boolean>;
  /** Resolves with the milliseconds from the start until it was ready. */
  readonly ready: (limit?: number) => Promise<number>;
  readonly setToken: (token: string) => void;
  /** Replaces the root certificates that the control plane and the certificate authority are verified with. */
  readonly setRoots: (roots: string) => void;
  /** Answers of Envoy's admin interface. */
  readonly admin: (path: string) => Promise<string>;
}

/** The network of the test, with the address that recorded resources name. */
const ALONE: Network = { address: "10.77.0.12", enter: [] };

/** Milliseconds to wait for an earlier agent to release the status port. */
const PORT_LIMIT = 60_000;
/** The Envoy of the tests. */
const ENVOY = process.env["ENVOY_PATH"] ?? "envoy";

/** The ports of a pod are Istio's own, so each pod needs a network namespace of its own. */
export async function startPod(setting: PodSetting): Promise<Pod> {
  const { role = "sidecar", name = "server", serviceAccount = name, network = ALONE } = setting;
  const { address, enter } = network;
  const directory = mkdtempSync(join(tmpdir(), "attache-pod-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    // A file is replaced as a whole, as those of a volume are.
    writeFileSync(join(directory, "written"), text);
    renameSync(join(directory, "written"), join(directory, path));
  };
  const setToken = (token: string) => write("var/run/secrets/tokens/istio-token", token);
  const setRoots = (roots: string) => write("var/run/secrets/istio/root-cert.pem", roots);
  setRoots(setting.authority.root);
  if (!setting.isPlain) setToken(setting.token ?? "token");
  const labels = Object.entries({ app: name, ...setting.labels });
  write("etc/istio/pod/labels", labels.map(([key, value]) => `${key}=${JSON.stringify(value)}\n`).join(""));
  write("etc/istio/pod/annotations", "");
  for (const [path, text] of Object.entries(setting.files ?? {})) write(path, text);
  const proxyConfig = {
    discoveryAddress: setting.discovery,
    binaryPath: ENVOY,
    terminationDrainDuration: "1s",
    ...(setting.isPlain ? { controlPlaneAuthPolicy: "NONE" } : {}),
    ...setting.proxyConfig,
  };
  const env = {
    PATH: process.env["PATH"] ?? "",
    POD_NAME: name,
    POD_NAMESPACE: "default",
    INSTANCE_IP: address,
    SERVICE_ACCOUNT: serviceAccount,
    TRUST_DOMAIN: "cluster.local",
    CLOUD_PLATFORM: "none",
    PROXY_CONFIG: JSON.stringify(proxyConfig),
    ...(setting.isPlain ? {} : { CA_ADDR: setting.ca ?? setting.discovery }),
    ...setting.environment,
  };
  for (const volume of setting.volumes ?? []) mkdirSync(join(directory, volume), { recursive: true });
  if (setting.isUnprivileged) await makeAccessible(directory);
  const logFile = join(directory, "log");
  const output = openSync(logFile, "a");
  fchmodSync(output, setting.logMode ?? 0o666);
  const user = setting.isUnprivileged ? ["setpriv", "--reuid", "1337", "--regid", "1337", "--clear-groups"] : [];
  let begun = performance.now();
  const proxy = ["proxy", role, "--domain", "default.svc.cluster.local", ...(setting.arguments ?? [])];
  const spawn = () => {
    begun = performance.now();
    return Bun.spawn([...enter, ...user, ...setting.command, ...proxy], { cwd: directory, env, stdio: ["ignore", output, output] });
  };
  const status = `http://${network === ALONE ? "127.0.0.1" : address}:15020`;
  // An agent of a test before may still drain, and would answer for this one.
  const isFree = () =>
    fetch(status).then(
      () => false,
      () => true,
    );
  if (network === ALONE)
    await untilTrue(isFree, PORT_LIMIT).catch((cause) => {
      throw new Error(`${status} answers before the pod has started`, { cause });
    });
  let agent = spawn();
  const isReady = async () => {
    const answer = await fetch(`${status}/healthz/ready`, { signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
    return answer?.status === 200;
  };
  const log = () => readFileSync(logFile, "utf8");
  return {
    get agent() {
      return agent;
    },
    network,
    startAgain() {
      agent = spawn();
    },
    directory,
    log,
    isReady,
    async ready(limit = 40_000) {
      try {
        await eventually(async () => ((await isReady()) ? true : undefined), limit);
      } catch (error) {
        throw new Error(`not ready:\n${log()}`, { cause: error });
      }
      return performance.now() - begun;
    },
    setToken,
    setRoots,
    async admin(path) {
      const child = Bun.spawn([...enter, ...setting.command, "request", "GET", path], {
        cwd: directory,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [text, problem] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      if ((await child.exited) !== 0) throw new Error(problem);
      return text;
    },
    async [Symbol.asyncDispose]() {
      if (agent.exitCode === null) agent.kill("SIGTERM");
      await Promise.race([agent.exited, Bun.sleep(8_000)]);
      if (agent.exitCode === null) agent.kill("SIGKILL");
      await agent.exited;
      closeSync(output);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Gives a directory to uid 1337. */
async function makeAccessible(directory: string): Promise<void> {
  await Bun.$`chown -R 1337:1337 ${directory}`.quiet();
}
