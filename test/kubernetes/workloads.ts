import { afterAll, beforeAll } from "bun:test";
import { at, documentsOf, type Fields, list, ofKind } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import type { LoadReport } from "../support/load-report.ts";
import { addressOf, type Deployed, deploy, nameOf, readyPods } from "./objects.ts";

const APP = "registry.example.com/app:1";
/** Seconds; all that runs in the pods of the tests ends at SIGTERM. */
const GRACE = 20;

/** The documents of a manifest, with a service before what has none. */
export function manifest(name: string): readonly Fields[] {
  const documents = documentsOf(name);
  return "kind" in ofKind(documents, "Service", "Job") ? documents : [...documents, service(name, 8080)];
}

function service(name: string, targetPort: number): Fields {
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80, targetPort }] } };
}

/** The sidecar's manifest with one pod that ends without waiting for anyone, its proxy with a shell and with other fields. */
export function sidecarWith(fields: Fields): readonly Fields[] {
  return manifest("sidecar").map((document) => {
    if (document !== ofKind([document], "Deployment")) return document;
    const copy = structuredClone(document);
    Object.assign(copy["spec"] ?? {}, { replicas: 1 });
    const [proxy = {}, app = {}] = list(at(copy, "spec", "template", "spec", "containers"));
    Object.assign(proxy, { image: "attache:0.1.0-debug", ...fields });
    Object.assign(app, { lifecycle: null });
    return copy;
  });
}

/** Words of kubectl that run a script in the proxy's container of such a pod. */
export function inProxy(pod: unknown, script: string): readonly string[] {
  return ["exec", nameOf(pod), "-c", "proxy", "--", "/busybox/sh", "-c", script];
}

const BACKEND: readonly Fields[] = [
  service("backend", 8081),
  pod("backend", [{ name: "app", image: APP, env: [{ name: "HOST", value: "0.0.0.0" }] }]),
];

/** What the gateway and the job have behind them, for the tests of the file: the application without a proxy, as the service `backend`. */
export function withBackend(): void {
  let backend: Deployed | undefined;
  beforeAll(async () => {
    backend = await deploy(...BACKEND);
    await readyPods("backend", 1);
  }, 300_000);
  afterAll(async () => {
    await backend?.remove();
  }, 300_000);
}

/** A pod of the tests. */
export function pod(name: string, containers: readonly Fields[], more: Fields = {}): Fields {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: GRACE, restartPolicy: "Never", containers, ...more },
  };
}

/** A load from a pod of its own. */
export interface PodLoad extends Deployed {
  readonly progress: () => Promise<LoadReport>;
  /** Ends it when what is under way has been answered. */
  readonly stop: () => Promise<LoadReport>;
}

/** Begins to ask a service from another pod, one of its requests taking two seconds, and waits until a hundred were answered. */
export async function startPodLoad(url: string): Promise<PodLoad> {
  const container = { name: "load", image: APP, command: ["/usr/local/bin/bun", "/app/load.js", url] };
  const deployed = await deploy(pod("load", [container]));
  try {
    const [found] = await readyPods("load", 1);
    const ask = async (path: string): Promise<LoadReport> =>
      (await fetch(`http://${addressOf(found)}:9000${path}`)).json() as Promise<LoadReport>; // what load.ts sends
    await eventually(async () => {
      const report = await ask("/progress");
      if (report.ok > 100) return true;
      throw new Error(JSON.stringify(report));
    }, 60_000);
    return { ...deployed, progress: () => ask("/progress"), stop: () => ask("/stop") };
  } catch (error) {
    await deployed.remove();
    throw error;
  }
}

/** The template of a manifest's pods. */
export function templateOf(name: string): unknown {
  return at(ofKind(documentsOf(name), "Deployment", "Job"), "spec", "template");
}
