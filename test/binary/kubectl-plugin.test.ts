import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY } from "../support/subject.ts";

// The executable under the name of a plug-in, with a stand-in for kubectl; test:kubernetes has the real one.

const directory = mkdtempSync(join(tmpdir(), "attache-kubectl-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const path = (...parts: readonly string[]) => join(directory, ...parts);
mkdirSync(path("bin"));
mkdirSync(path("empty"));
symlinkSync(BINARY.command[0] ?? "", path("bin/kubectl-attache"));
const stand = join(import.meta.dir, "fixtures/kubectl.ts");
writeFileSync(path("bin/kubectl"), `#!/bin/sh\nexec ${process.execPath} ${stand} "$@"\n`, { mode: 0o755 });

const recorded = readFileSync(join(import.meta.dir, "fixtures/kubectl-answers.jsonl"), "utf8");
const [FIRST = "", SECOND = ""] = [...recorded.matchAll(/"get --output=json -- pods (sidecar-[^"]+)"/g)].map(([, name]) => name);

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly calls: readonly string[];
}

async function attache(args: readonly string[], { name = "kubectl-attache", bin = path("bin") } = {}): Promise<Ended> {
  const calls = path("calls");
  writeFileSync(calls, "");
  const child = Bun.spawn([path("bin/kubectl-attache"), ...args], {
    argv0: name,
    env: { PATH: bin, KUBECTL_CALLS: calls },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, err, calls: readFileSync(calls, "utf8").trim().split("\n") };
}

test.each(["kubectl-attache", "/usr/local/bin/kubectl-attache", "./kubectl-attache"])("it knows its name as %s", async (name) => {
  const { out, status } = await attache(["--help"], { name });
  expect(status).toBe(0);
  expect(out).toContain("\n  kubectl attache [flags] [command]\n");
  expect(out).not.toMatch(/^ {2}proxy /m);
});

test.each(["attache", "kubectl-attache2", "kubectl-attache/attache"])("it is not the plug-in as %s", async (name) => {
  expect((await attache(["--help"], { name })).out).toContain("\n  attache [flags] [command]\n");
});

test("explain of a deployment, by kubectl get alone", async () => {
  const { out, status, calls } = await attache(["explain", "deploy/sidecar", "node.id", "-c", "proxy"]);
  expect(status).toBe(0);
  expect(out).toMatch(new RegExp(`^pod default/(${FIRST}|${SECOND}), container proxy, profile istio-1\\.30\n\nnode\\.id: "sidecar~10\\.`));
  expect(calls.map((line) => JSON.parse(line))).toEqual([
    ["get", "--output=json", "--", "deployments.apps", "sidecar"],
    ["get", "--output=json", "--selector=app=sidecar", "--", "pods"],
    ["get", "--output=json", "--ignore-not-found", "--", "configmaps", "sidecar-resources", "kube-root-ca.crt"],
  ]);
});

test("render and diff of pods", async () => {
  const { out, status } = await attache(["render", FIRST, "-c", "proxy"]);
  expect([status, JSON.parse(out).node.metadata.NAME]).toEqual([0, FIRST]);
  const two = await attache(["diff", FIRST, SECOND, "-c", "proxy"]);
  expect(two.status).toBe(1);
  expect(two.out).toContain(`node.metadata.NAME\n  - "${FIRST}"\n  + "${SECOND}"\n`);
});

test.each<[readonly string[], RegExp]>([
  [
    ["explain", "absent"],
    /^Error from server \(NotFound\): pods "absent" not found\n.*Cannot read pod\/absent from the cluster: kubectl get: exit status 1\n$/,
  ],
  [["explain", "--as=nobody", FIRST], /^Error from server \(Forbidden\): .*User "nobody" cannot get.*\n.*Cannot read pod\//],
  [["render", "--context", "absent", "deploy/sidecar"], /^Error in configuration: .*\n.*Cannot read deployment\/sidecar from the cluster/],
  [["render", "-n", "absent", "deploy/sidecar"], /namespaces "absent" not found\n.*Cannot read deployment\/sidecar from the cluster/],
  [["explain", FIRST], /has no container "istio-proxy"; choose one with --container: proxy\n$/],
])("%j: the words of kubectl, and exit status 255", async (args, words) => {
  const { out, err, status } = await attache(args);
  expect({ out, status }).toEqual({ out: "", status: 255 });
  expect(err).toMatch(words);
});

test("a name like a flag never reaches kubectl", async () => {
  const { err, status, calls } = await attache(["explain", "--", `--kubeconfig=${path("evil")}`]);
  expect([status, calls]).toEqual([255, [""]]);
  expect(err).toContain("Cannot find the proxy of");
});

test("without kubectl in PATH", async () => {
  const { err, status } = await attache(["explain", "x"], { bin: path("empty") });
  expect(status).toBe(255);
  expect(err).toContain("Cannot read pod/x from the cluster: kubectl is not in PATH");
});
