import { mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Authority } from "../../mesh/lab/authority.ts";
import { eventually } from "../../support/eventually.ts";
import { HOST, openNetwork } from "../network.ts";
import { startEmptyKubernetes } from "./empty-kubernetes.ts";
import { startTokenIssuer } from "./tokens.ts";

/** A real istiod, with configuration from files and without a Kubernetes; it ends with the scope. */
export interface Istiod extends AsyncDisposable {
  /** Returns the token of a service account. */
  readonly token: (account: string) => string;
  /** Sets a file of configuration: objects as YAML or JSON. */
  readonly configure: (name: string, text: string) => void;
  /** Ends it as a crash does, and starts it again. */
  readonly restart: () => Promise<void>;
  readonly log: () => string;
}

const READY = `http://${HOST}:8080/ready`;

/** Nothing is sent that an Envoy of the Envoy project does not know. */
const WITHOUT_EXTENSIONS = { PILOT_ENABLE_METADATA_EXCHANGE: "false", PILOT_ENABLE_ALPN_FILTER: "false" };

/** Starts istiod with a CA that pods know already. */
export async function startIstiod(program: string, authority: Authority): Promise<Istiod> {
  await openNetwork();
  const stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "attache-istiod-"));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const kubernetes = stack.use(startEmptyKubernetes(HOST));
  const issuer = stack.use(startTokenIssuer(HOST));
  const place = (...names: readonly string[]) => join(directory, ...names);
  const configure = (name: string, text: string) => {
    // A file that is read half-written would be wrong.
    writeFileSync(place("new"), text);
    renameSync(place("new"), place("config", name));
  };
  for (const name of ["ca", "config"]) mkdirSync(place(name));
  for (const [name, text] of Object.entries(await authority.plugIn())) writeFileSync(place("ca", name), text);
  writeFileSync(place("kubeconfig"), JSON.stringify(kubeconfigOf(kubernetes.url)));
  writeFileSync(
    place("mesh.yaml"),
    JSON.stringify({
      configSources: [{ address: `fs://${place("config")}` }],
      ingressControllerMode: "OFF",
      accessLogFile: "/dev/stdout",
      rootNamespace: "istio-system",
    }),
  );
  const env = {
    PATH: process.env["PATH"] ?? "",
    ROOT_CA_DIR: place("ca"),
    POD_NAME: "istiod-test",
    POD_NAMESPACE: "istio-system",
    JWT_RULE: issuer.rule,
    PILOT_DEBOUNCE_AFTER: "50ms",
    ...WITHOUT_EXTENSIONS,
  };
  const start = async () => {
    const output = openSync(place("log"), "a");
    const flags = ["discovery", `--kubeconfig=${place("kubeconfig")}`, `--meshConfig=${place("mesh.yaml")}`];
    const child = Bun.spawn([program, ...flags], { cwd: directory, env, stdio: ["ignore", output, output] });
    await eventually(async () => ((await fetch(READY).catch(() => undefined))?.ok ? true : undefined), 60_000).catch((error) => {
      throw new Error(`istiod is not ready:\n${log().slice(-4_000)}`, { cause: error });
    });
    return child;
  };
  const log = () => readFileSync(place("log"), "utf8");
  let running = await start();
  const end = async () => {
    running.kill("SIGKILL");
    await running.exited;
  };
  stack.defer(end);
  return {
    token: issuer.token,
    configure,
    async restart() {
      await end();
      running = await start();
    },
    log,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function kubeconfigOf(server: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server } }],
    users: [{ name: "test", user: {} }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  };
}
