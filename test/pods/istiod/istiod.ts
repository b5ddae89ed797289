import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Authority } from "../../mesh/lab/authority.ts";
import { HOST, openNetwork } from "../network.ts";
import { startEmptyKubernetes } from "./empty-kubernetes.ts";
import { type IstiodProcess, startIstiodProcess } from "./istiod-process.ts";
import { startTokenIssuer } from "./tokens.ts";

/** A real istiod, with configuration from files and without a Kubernetes; it ends with the scope. */
export interface Istiod extends IstiodProcess {
  /** Returns the token of a service account. */
  readonly token: (account: string) => string;
  /** Sets a file of configuration: objects as YAML or JSON. */
  readonly configure: (name: string, text: string) => void;
}

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
  const running = stack.use(
    await startIstiodProcess({
      program,
      directory,
      kubeconfig: place("kubeconfig"),
      mesh: { configSources: [{ address: `fs://${place("config")}` }] },
      environment: { ROOT_CA_DIR: place("ca"), JWT_RULE: issuer.rule },
      host: HOST,
    }),
  );
  return {
    token: issuer.token,
    configure,
    restart: running.restart,
    log: running.log,
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
