import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/eventually.ts";

/** What an istiod is started with. */
export interface IstiodSetting {
  readonly program: string;
  /** Its working directory, where its settings and its log are written. */
  readonly directory: string;
  readonly kubeconfig: string;
  /** Fields of its mesh configuration beside the usual ones. */
  readonly mesh: object;
  readonly environment: Readonly<Record<string, string>>;
  /** An address that it listens to. */
  readonly host: string;
}

/** A running istiod; it ends with the scope. */
export interface IstiodProcess extends AsyncDisposable {
  /** Ends it as a crash does, and starts it again. */
  readonly restart: () => Promise<void>;
  readonly log: () => string;
}

/** The namespace of istiod. */
export const ISTIOD_NAMESPACE = "istio-system";
/** Nothing is sent that an Envoy of the Envoy project does not know. */
const WITHOUT_EXTENSIONS = { PILOT_ENABLE_METADATA_EXCHANGE: "false", PILOT_ENABLE_ALPN_FILTER: "false" };
const LIMIT = 60_000;

/** Starts istiod and waits until it is ready. @throws Error with the end of its log */
export async function startIstiodProcess(setting: IstiodSetting): Promise<IstiodProcess> {
  const { program, directory, kubeconfig, host } = setting;
  const place = (name: string) => join(directory, name);
  const mesh = { ingressControllerMode: "OFF", accessLogFile: "/dev/stdout", rootNamespace: ISTIOD_NAMESPACE, ...setting.mesh };
  writeFileSync(place("mesh.yaml"), JSON.stringify(mesh));
  const env = {
    PATH: process.env["PATH"] ?? "",
    POD_NAME: "istiod-test",
    POD_NAMESPACE: ISTIOD_NAMESPACE,
    PILOT_DEBOUNCE_AFTER: "50ms",
    ...WITHOUT_EXTENSIONS,
    ...setting.environment,
  };
  const log = () => readFileSync(place("log"), "utf8");
  const isReady = async () => ((await fetch(`http://${host}:8080/ready`).catch(() => undefined))?.ok ? true : undefined);
  const start = async () => {
    const output = openSync(place("log"), "a");
    const flags = ["discovery", `--kubeconfig=${kubeconfig}`, `--meshConfig=${place("mesh.yaml")}`];
    const child = Bun.spawn([program, ...flags], { cwd: directory, env, stdio: ["ignore", output, output] });
    await eventually(isReady, LIMIT).catch((error) => {
      throw new Error(`istiod is not ready:\n${log().slice(-4_000)}`, { cause: error });
    });
    return child;
  };
  let running = await start();
  const end = async () => {
    running.kill("SIGKILL");
    await running.exited;
  };
  return {
    async restart() {
      await end();
      running = await start();
    },
    log,
    [Symbol.asyncDispose]: end,
  };
}
