import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import type { Authority } from "./authority.ts";

/** How a pod is started: an agent with its Envoy, in a directory of its own that has what the kubelet and the injector put there. */
export interface PodSetting {
  /** The agent: attache or a real pilot-agent. */
  readonly command: readonly string[];
  readonly authority: Authority;
  /** The control plane, `host:port`; the certificate authority is there too unless it is plain text. */
  readonly discovery: string;
  readonly isPlain?: boolean;
  readonly role?: "sidecar" | "router";
  readonly name?: string;
  readonly serviceAccount?: string;
  readonly address?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Arguments after the role. */
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly proxyConfig?: Readonly<Record<string, unknown>>;
  readonly token?: string;
  /** A network namespace to run in; absent: that of the test. */
  readonly network?: string;
}

/** A running pod; its files go with the scope. */
export interface Pod extends AsyncDisposable {
  readonly agent: Bun.Subprocess;
  readonly directory: string;
  /** What agent and Envoy have logged. */
  readonly log: () => string;
  readonly isReady: () => Promise<boolean>;
  /** Resolves with the milliseconds from the start until it was ready. */
  readonly ready: (limit?: number) => Promise<number>;
  readonly setToken: (token: string) => void;
  /** Answers of Envoy's admin interface. */
  readonly admin: (path: string) => Promise<string>;
}

/** The Envoy of the tests. */
const ENVOY = process.env["ENVOY_PATH"] ?? "envoy";

/** The ports of a pod are Istio's own, so each pod needs a network namespace of its own. */
export async function startPod(setting: PodSetting): Promise<Pod> {
  const { role = "sidecar", name = "server", serviceAccount = name, address = "10.77.0.12" } = setting;
  const directory = mkdtempSync(join(tmpdir(), "attache-pod-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  const setToken = (token: string) => write("var/run/secrets/tokens/istio-token", token);
  write("var/run/secrets/istio/root-cert.pem", setting.authority.root);
  if (!setting.isPlain) setToken(setting.token ?? "token");
  const labels = Object.entries({ app: name, ...setting.labels });
  write("etc/istio/pod/labels", labels.map(([key, value]) => `${key}=${JSON.stringify(value)}\n`).join(""));
  write("etc/istio/pod/annotations", "");
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
    ...(setting.isPlain ? {} : { CA_ADDR: setting.discovery }),
    ...setting.environment,
  };
  const enter = setting.network === undefined ? [] : ["ip", "netns", "exec", setting.network];
  const logFile = join(directory, "log");
  const output = openSync(logFile, "a");
  const begun = performance.now();
  const command = [...enter, ...setting.command, "proxy", role, "--domain", "default.svc.cluster.local", ...(setting.arguments ?? [])];
  const agent = Bun.spawn(command, { cwd: directory, env, stdio: ["ignore", output, output] });
  const at = async (url: string) =>
    setting.network === undefined
      ? fetch(url, { signal: AbortSignal.timeout(2_000) }).then(async (answer) => ({ status: answer.status, text: await answer.text() }))
      : curl(setting.network, url);
  const isReady = async () => (await at("http://127.0.0.1:15020/healthz/ready").catch(() => undefined))?.status === 200;
  const log = () => readFileSync(logFile, "utf8");
  return {
    agent,
    directory,
    log,
    isReady,
    async ready(limit = 20_000) {
      try {
        await eventually(async () => ((await isReady()) ? true : undefined), limit);
      } catch (error) {
        throw new Error(`not ready:\n${log()}`, { cause: error });
      }
      return performance.now() - begun;
    },
    setToken,
    admin: async (path) => (await at(`http://127.0.0.1:15000${path}`)).text,
    async [Symbol.asyncDispose]() {
      if (agent.exitCode === null) agent.kill("SIGTERM");
      await Promise.race([agent.exited, Bun.sleep(8_000)]);
      if (agent.exitCode === null) agent.kill("SIGKILL");
      await agent.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function curl(network: string, url: string): Promise<{ readonly status: number; readonly text: string }> {
  const command = ["ip", "netns", "exec", network, "curl", "-s", "--max-time", "2", "-w", "\n%{http_code}", url];
  const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "ignore"] });
  const text = await new Response(child.stdout).text();
  const end = text.lastIndexOf("\n");
  return { status: Number(text.slice(end + 1)), text: text.slice(0, end) };
}
