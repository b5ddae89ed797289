import { afterAll, beforeAll } from "bun:test";
import { at, documentsOf, type Fields, list, ofKind } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import type { LoadReport } from "../support/load-report.ts";
import { addressOf, type Deployed, deploy, nameOf, readyPods } from "./objects.ts";

const APP = "registry.example.com/app:1";
/** In seconds; everything in the test pods exits on SIGTERM. */
const GRACE = 20;

/** Returns the documents of a manifest, with a service for a workload that has none. */
export function manifest(name: string): readonly Fields[] {
  const documents = documentsOf(name);
  return "kind" in ofKind(documents, "Service", "Job") ? documents : [...documents, service(name, 8080)];
}

function service(name: string, targetPort: number): Fields {
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80, targetPort }] } };
}

/** Returns the sidecar's manifest with one pod that stops at once, and a proxy with a shell and other fields. */
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

/** Returns kubectl's arguments to run a script in the proxy's container of such a pod. */
export function inProxy(pod: unknown, script: string): readonly string[] {
  return ["exec", nameOf(pod), "-c", "proxy", "--", "/busybox/sh", "-c", script];
}

const BACKEND: readonly Fields[] = [
  service("backend", 8081),
  pod("backend", [{ name: "app", image: APP, env: [{ name: "HOST", value: "0.0.0.0" }] }]),
];

/** The upstream of gateway and job, for the tests of a file: the application without a proxy, as the service `backend`. */
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

/** Returns a test pod. */
export function pod(name: string, containers: readonly Fields[], more: Fields = {}): Fields {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: GRACE, restartPolicy: "Never", containers, ...more },
  };
}

/** A load from a separate pod. */
export interface PodLoad extends Deployed {
  readonly progress: () => Promise<LoadReport>;
  /** Ends it after the requests in progress. */
  readonly stop: () => Promise<LoadReport>;
}

/** Starts a load from another pod, with one request of two seconds at a time, and waits for a hundred responses. */
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

/** Returns the pod template of a manifest. */
export function templateOf(name: string): unknown {
  return at(ofKind(documentsOf(name), "Deployment", "Job"), "spec", "template");
}
