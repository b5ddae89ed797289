import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { at, type Fields } from "../examples/manifests.ts";
import { BINARY } from "../support/subject.ts";
import { DIRECTORY, kubectl, tryKubectl } from "./kubectl.ts";
import { addressOf, type Deployed, deploy, nameOf, readyPods } from "./objects.ts";
import { manifest } from "./workloads.ts";

// attache as a plug-in of the real kubectl, on pods of examples/kubernetes.

let deployed: Deployed;
let pods: readonly Fields[] = [];
beforeAll(async () => {
  const name = join(DIRECTORY, "bin/kubectl-attache");
  rmSync(name, { force: true });
  symlinkSync(BINARY.command[0] ?? "", name);
  deployed = await deploy(...manifest("sidecar"));
  pods = await readyPods("sidecar", 2);
}, 300_000);
afterAll(async () => {
  await deployed.remove();
}, 300_000);

function attache(...args: readonly string[]): ReturnType<typeof tryKubectl> {
  return tryKubectl(["attache", ...args]);
}

const metadataOf = (text: string) => at(JSON.parse(text), "node", "metadata");

test("render prints the node that Envoy runs with", async () => {
  const [pod] = pods;
  const { out, err, status } = await attache("render", nameOf(pod), "-c", "proxy");
  expect(status).toBe(0);
  expect(err).toContain("Not known: pod annotation kubernetes.io/config.seen");
  const info = JSON.parse(
    await kubectl("exec", nameOf(pod), "-c", "proxy", "--", "/usr/local/bin/attache", "request", "GET", "server_info"),
  );
  expect(at(JSON.parse(out), "node", "id")).toBe(at(info, "node", "id"));
  const seen = { "kubernetes.io/config.seen": "<the time at which the kubelet got the pod>" };
  const running = Object(metadataOf(JSON.stringify(info)));
  expect(metadataOf(out)).toEqual({ ...running, ANNOTATIONS: { ...running.ANNOTATIONS, ...seen } });
});

test("explain of a deployment is about its newest ready pod", async () => {
  const { out, status } = await attache("explain", "deploy/sidecar", "node.id", "--container=proxy");
  expect(status).toBe(0);
  const pod = pods.find((each) => out.startsWith(`pod default/${nameOf(each)}, container proxy, `));
  expect(out).toContain(
    `\nnode.id: "sidecar~${addressOf(pod)}~${nameOf(pod)}.default~default.svc.cluster.local"\n  POD_NAME = "${nameOf(pod)}"\n`,
  );
  expect(out).toContain('  POD_NAMESPACE = "default"\n');
});

test("diff of two pods shows their names and addresses", async () => {
  const [first, second] = pods;
  const { out, status } = await attache("diff", nameOf(first), `pod/${nameOf(second)}`, "-c", "proxy", "-n", "default");
  expect(status).toBe(1);
  expect(out).toContain(
    `--- pod default/${nameOf(first)}, container proxy, profile istio-1.30\n+++ pod default/${nameOf(second)}, container proxy, `,
  );
  const changed = out.split("\n").filter((line) => /^[\w[]/.test(line) && !line.startsWith("Not known"));
  expect(changed).toContain("node.metadata.NAME");
  expect(changed).not.toContain("node.metadata.NAMESPACE");
  expect((await attache("diff", nameOf(first), nameOf(first), "-c", "proxy")).status).toBe(0);
});

test.each<[string, readonly string[], readonly string[]]>([
  [
    "a user without rights",
    ["explain", "deploy/sidecar", "--as=nobody"],
    ['User "nobody" cannot get resource', "Cannot read deployment/sidecar from the cluster: kubectl get: exit status 1"],
  ],
  ["a pod that does not exist", ["render", "absent"], ['pods "absent" not found', "Cannot read pod/absent from the cluster"]],
  [
    "a namespace that does not exist",
    ["render", "deploy/sidecar", "-n", "absent"],
    ["not found", "Cannot read deployment/sidecar from the cluster"],
  ],
  ["a container with another name", ["explain", "deploy/sidecar"], ["choose one with --container: proxy"]],
  [
    "a context that does not exist",
    ["explain", "deploy/sidecar", "--context=absent"],
    ["context was not found for specified context: absent", "Cannot read deployment/sidecar from the cluster"],
  ],
])("%s: the words of kubectl, and exit status 255", async (_, args, words) => {
  const { out, err, status } = await attache(...args);
  expect({ out, status }).toEqual({ out: "", status: 255 });
  for (const each of words) expect(err).toContain(each);
});
