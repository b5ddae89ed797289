import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { at, type Fields, list } from "../examples/manifests.ts";
import { eventually } from "../support/eventually.ts";
import { startControlPlane } from "./control-plane.ts";
import { kubectl } from "./kubectl.ts";
import { addressOf, containerOf, deploy, isReady, object, readyPods } from "./objects.ts";

// Two pods of a mesh, each as the injector makes one: `injected` with a service, and `caller`, which sends it requests.

const text = readFileSync(join(import.meta.dir, "injected.yaml"), "utf8");
const documentsAs = (name: string) => list(parseAllDocuments(text.replaceAll("injected", name)).map((document) => document.toJS()));

const stack = new AsyncDisposableStack();
let pod: Fields;
beforeAll(async () => {
  stack.use(await startControlPlane());
  stack.use(await deploy(...documentsAs("injected"), ...documentsAs("caller")));
  await readyPods("caller", 1);
  const [found = {}] = await readyPods("injected", 1);
  pod = found;
}, 300_000);
afterAll(() => stack.disposeAsync(), 300_000);

const inProxy = (...args: readonly string[]) => kubectl("exec", "injected", "-c", "istio-proxy", "--", ...args);

/** Sends a request from the application of a pod. Returns the body of the response. */
function fromApp(name: string, url: string, method = "GET"): Promise<string> {
  const program = `console.write(await (await fetch("${url}", { method: "${method}" })).text())`;
  return kubectl("exec", name, "-c", "app", "--", "/usr/local/bin/bun", "-e", program);
}

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

test("a request from one pod to another arrives over mTLS, and no other one does", async () => {
  const caller = await eventually(async () => (await fromApp("caller", "http://injected/caller")) || undefined, 60_000);
  expect(caller).toContain("By=spiffe://cluster.local/ns/default/sa/injected");
  expect(caller).toContain("URI=spiffe://cluster.local/ns/default/sa/caller");
  await expect(fetch(`http://${addressOf(pod)}:8081/caller`)).rejects.toThrow();
});

test("the application's probe goes through the status port: its health is the pod's", async () => {
  const until = (isUp: boolean) =>
    eventually(async () => {
      const now = await object("pod", "injected");
      const states = ["app", "istio-proxy"].map((name) => containerOf(now, name)["ready"]);
      return isReady(now) === isUp && states[0] === isUp && states[1] === true ? now : undefined;
    }, 60_000);
  const set = (status: number) => fromApp("injected", `http://127.0.0.1:8081/health?status=${status}`, "POST");
  await set(500);
  await until(false);
  await set(200);
  const now = await until(true);
  expect(["app", "istio-proxy"].map((name) => containerOf(now, name)["restartCount"])).toEqual([0, 0]);
});
