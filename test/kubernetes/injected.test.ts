import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { at, documentsOf, type Fields, list, ofKind } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import { kubectl } from "./kubectl.ts";
import { addressOf, containerOf, type Deployed, deploy, isReady, object, readyPods } from "./objects.ts";

const text = readFileSync(join(import.meta.dir, "injected.yaml"), "utf8");
const documents = list(parseAllDocuments(text).map((document) => document.toJS()));

let deployed: Deployed;
let pod: Fields;
beforeAll(async () => {
  deployed = await deploy(ofKind(documentsOf("sidecar"), "ConfigMap"), ...documents);
  const [found = {}] = await readyPods("injected", 1);
  pod = found;
}, 300_000);
afterAll(async () => {
  await deployed.remove();
}, 300_000);

const inProxy = (...args: readonly string[]) => kubectl("exec", "injected", "-c", "istio-proxy", "--", ...args);

test("the node has the pod's data from the Downward API", async () => {
  const info = JSON.parse(await inProxy("/usr/local/bin/pilot-agent", "request", "GET", "server_info"));
  expect(at(info, "node", "id")).toBe(`sidecar~${addressOf(pod)}~injected.default~default.svc.cluster.local`);
  expect(at(info, "node", "metadata")).toMatchObject({
    NAME: "injected",
    NAMESPACE: "default",
    SERVICE_ACCOUNT: "injected",
    WORKLOAD_NAME: "injected",
    CLUSTER_ID: "Kubernetes",
    APP_CONTAINERS: "app",
    INSTANCE_IPS: addressOf(pod),
    LABELS: { app: "injected", version: "v1" },
    ANNOTATIONS: { "example.com/note": "from the pod" },
  });
  // Concurrency follows from the CPU limit.
  expect(at(info, "command_line_options", "concurrency")).toBe(2);
});

test("the proxy can read the projected token, which is for this pod and the certificate authority", async () => {
  const token = await inProxy("/busybox/busybox", "cat", "/var/run/secrets/tokens/istio-token");
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  expect(claims).toMatchObject({ aud: ["istio-ca"], sub: "system:serviceaccount:default:injected" });
  expect(at(claims, "kubernetes.io", "pod", "name")).toBe("injected");
});

test("the application's probe goes through the status port: its health is the pod's", async () => {
  const app = `http://${addressOf(pod)}:8081/health`;
  const until = (isUp: boolean) =>
    eventually(async () => {
      const now = await object("pod", "injected");
      const states = ["app", "istio-proxy"].map((name) => containerOf(now, name)["ready"]);
      return isReady(now) === isUp && states[0] === isUp && states[1] === true ? now : undefined;
    }, 60_000);
  await fetch(`${app}?status=500`, { method: "POST" });
  await until(false);
  await fetch(`${app}?status=200`, { method: "POST" });
  const now = await until(true);
  expect(["app", "istio-proxy"].map((name) => containerOf(now, name)["restartCount"])).toEqual([0, 0]);
});
