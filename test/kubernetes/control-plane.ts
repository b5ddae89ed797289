import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fields } from "../examples/manifests.ts";
import { ISTIOD_NAMESPACE, startIstiodProcess } from "../pods/istiod/istiod-process.ts";
import { NODE_ADDRESS, place } from "./components.ts";
import { DIRECTORY } from "./kubectl.ts";
import { deploy } from "./objects.ts";

const NAMESPACE: Fields = { apiVersion: "v1", kind: "Namespace", metadata: { name: ISTIOD_NAMESPACE } };
const PORT = { name: "https-dns", port: 15_012, protocol: "TCP" };
const METADATA = { name: "istiod", namespace: ISTIOD_NAMESPACE };
/** The service that pods know istiod by; istiod itself runs on the node. */
const SERVICE: readonly Fields[] = [
  { apiVersion: "v1", kind: "Service", metadata: METADATA, spec: { ports: [PORT] } },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...METADATA, labels: { "kubernetes.io/service-name": METADATA.name } },
    addressType: "IPv4",
    ports: [PORT],
    endpoints: [{ addresses: [NODE_ADDRESS] }],
  },
];
const STRICT = {
  apiVersion: "security.istio.io/v1",
  kind: "PeerAuthentication",
  metadata: { name: "default", namespace: ISTIOD_NAMESPACE },
  spec: { mtls: { mode: "STRICT" } },
};

/**
 * Starts istiod on the node, with the cluster's API: it makes its own CA, gives the root to every namespace, and has tokens reviewed.
 * Every sidecar accepts mTLS alone.
 */
export async function startControlPlane(): Promise<AsyncDisposable> {
  const directory = join(DIRECTORY, "istiod");
  mkdirSync(join(directory, "config"), { recursive: true });
  // In files, because a cluster has no such kind without Istio's definitions.
  writeFileSync(join(directory, "config/strict.yaml"), JSON.stringify(STRICT));
  const stack = new AsyncDisposableStack();
  stack.use(await deploy(NAMESPACE));
  stack.use(await deploy(...SERVICE));
  stack.use(
    await startIstiodProcess({
      program: join(DIRECTORY, "bin/istiod"),
      directory,
      kubeconfig: place(DIRECTORY).kubeconfig,
      mesh: { configSources: [{ address: `fs://${join(directory, "config")}` }] },
      environment: {},
      host: NODE_ADDRESS,
    }),
  );
  return stack;
}
