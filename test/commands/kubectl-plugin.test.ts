import { describe, expect, test } from "bun:test";
import { rootFlags } from "../../src/commands/flags.ts";
import { helpText } from "../../src/commands/help.ts";
import { KUBECTL_FLAGS } from "../../src/commands/kubectl/kubectl-flags.ts";
import { objectName } from "../../src/commands/kubectl/object-name.ts";
import { type Kubectl, readPod } from "../../src/commands/kubectl/read-pod.ts";
import { pluginCommands } from "../../src/commands/kubectl/run-plugin.ts";
import { run } from "../../src/commands/run.ts";
import { isObject } from "../../src/go/json.ts";
import { parseDocument } from "../../src/inputs/document.ts";
import { profiles } from "../../src/profiles/choose.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { injected } from "../explain/support.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";

// The plug-in with a cluster in memory; test/scenarios/kubectl-plugin.test.ts runs the executable, test:kubernetes the real kubectl.

type Object = Readonly<Record<string, unknown>>;

const sidecar = parsed(injected("sidecar-1.30.yaml"));
const POD = "reviews-5b97cfb8f9-x2v4p";
const ROOTS = {
  kind: "ConfigMap",
  metadata: { name: "istio-ca-root-cert", namespace: "bookinfo" },
  data: { "root-cert.pem": CERTIFICATE_TEXT },
};

function parsed(text: string): Object {
  const document = parseDocument(text);
  if (!document.ok || !isObject(document.value)) throw new Error("The fixture is no object");
  return document.value;
}

/** Returns the sidecar's pod by another name. */
function pod(
  name: string,
  more: { readonly ready?: boolean; readonly created?: string; readonly owner?: Object; readonly deleted?: string },
): Object {
  const { ready = true, created = "2026-01-01T00:00:00Z", owner = { kind: "ReplicaSet", uid: "rs", controller: true }, deleted } = more;
  return {
    ...sidecar,
    metadata: {
      ...Object(sidecar["metadata"]),
      name,
      creationTimestamp: created,
      ownerReferences: [owner],
      ...(deleted === undefined ? {} : { deletionTimestamp: deleted }),
    },
    status: { ...Object(sidecar["status"]), phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}

interface Answer {
  readonly exit: number;
  readonly text: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly calls: readonly string[];
}

/** Runs the plug-in. `cluster` has what kubectl prints for its last arguments; an empty text is a failure. */
async function plugin(argv: readonly string[], cluster: Readonly<Record<string, unknown>>): Promise<Answer> {
  const { host, errors, warnings } = fakeHost({ name: "", profile: "", args: [], expect: { launched: true, exit: 0 } });
  const calls: string[] = [];
  const kubectl: Kubectl = async (args) => {
    calls.push(args.join(" "));
    const found = cluster[args.slice(args.indexOf("--") + 1).join(" ")];
    return found === undefined ? { kind: "failed", reason: "exit status 1" } : { kind: "done", text: JSON.stringify(found) };
  };
  let text = "";
  const print = (part: string | Uint8Array) => {
    text += String(part);
  };
  const exit = await run(argv, "kubectl attache", { ...host, print }, pluginCommands(kubectl));
  return { exit, text, errors, warnings, calls };
}

const CLUSTER = { [`pods ${POD}`]: sidecar, "configmaps istio-ca-root-cert": ROOTS };

test("explain: kubectl's flags go to kubectl, all others to attache", async () => {
  const { exit, text, calls } = await plugin(
    ["explain", POD, "proxyConfig.concurrency", "-n", "bookinfo", "--as=bob", "--concurrency=7"],
    CLUSTER,
  );
  expect(exit).toBe(0);
  expect(text).toStartWith(`pod bookinfo/${POD}, container istio-proxy, profile istio-1.30\n\nproxyConfig.concurrency: 7\n`);
  // The file comes from the ConfigMap.
  expect(text).not.toContain("root-cert.pem");
  expect(calls).toEqual([
    `get --namespace=bookinfo --as=bob --output=json -- pods ${POD}`,
    "get --namespace=bookinfo --as=bob --output=json --ignore-not-found -- configmaps istio-ca-root-cert",
  ]);
});

const REPLACED = [["--from-file=other.yaml"], ["--from-file", "other.yaml"], ["--from-pid=1"], ["--pod=other"]] as const;

test.each(REPLACED.map((flag) => ({ flag })))("a flag that a pod replaces is ignored, as is said: %j", async ({ flag }) => {
  const { exit, text, warnings } = await plugin(["explain", POD, "node.id", ...flag], CLUSTER);
  expect([exit, text]).toEqual([0, expect.stringContaining(`~${POD}.bookinfo~`)]);
  expect(warnings.join("\n")).toContain(`Ignoring unknown flags: ${flag[0].replace(/=.*/, "")}`);
});

test("explain --all, and render of the arguments", async () => {
  expect((await plugin(["explain", POD, "--all"], CLUSTER)).text).toContain("\nInputs with an effect:\n");
  expect((await plugin(["render", POD, "--format=argv"], CLUSTER)).text).toStartWith("-c\n");
});

test("explain writes a page, also of one pod under two releases", async () => {
  const { text, exit } = await plugin(["explain", POD, "--html=-"], CLUSTER);
  expect(exit).toBe(0);
  expect(text).toContain(`<h1>pod bookinfo/${POD}, container istio-proxy</h1>`);
  const two = await plugin(["explain", POD, "--html=-", "--profile=istio-1.30", "--profile=istio-1.31"], CLUSTER);
  expect(two.text.match(/<h1>/g)).toHaveLength(2);
});

test("render prints the same as for the file", async () => {
  const { exit, text } = await plugin(["render", `pod/${POD}`], CLUSTER);
  expect([exit, text.startsWith('{\n  "')]).toEqual([0, true]);
  expect(text).toContain(`"id": "sidecar~10.244.1.7~${POD}.bookinfo~bookinfo.svc.cluster.local"`);
});

test("diff of two pods, and of one under two releases", async () => {
  const cluster = { ...CLUSTER, "pods sidecar": pod("sidecar", {}) };
  const two = await plugin(["diff", POD, "sidecar"], cluster);
  expect(two.exit).toBe(1);
  expect(two.text).toContain(`node.metadata.NAME\n  - "${POD}"\n  + "sidecar"\n`);
  expect((await plugin(["diff", POD, POD], cluster)).exit).toBe(0);
  const releases = await plugin(["diff", POD, "--profile=istio-1.28", "--profile=istio-1.31"], cluster);
  expect(releases.text).toContain("profile istio-1.31");
  expect((await plugin(["diff", POD], cluster)).errors).toEqual(["Cannot compare one plan; name two pods, or --profile twice"]);
});

describe("a workload", () => {
  const deployment = {
    kind: "Deployment",
    metadata: { name: "reviews", uid: "d" },
    spec: { selector: { matchLabels: { app: "reviews" } } },
  };
  const read = (items: readonly Object[], more: Object = {}) =>
    plugin(["explain", "deploy/reviews", "node.id"], {
      ...CLUSTER,
      "deployments.apps reviews": deployment,
      pods: { kind: "PodList", items },
      ...more,
    });

  test("stands for its newest pod that is ready", async () => {
    const { text, calls } = await read([
      pod("old", {}),
      pod("new", { created: "2026-01-02T00:00:00Z" }),
      pod("newer-but-not-ready", { created: "2026-01-03T00:00:00Z", ready: false }),
      pod("ending", { created: "2026-01-04T00:00:00Z", deleted: "2026-01-05T00:00:00Z" }),
      pod("of-a-job", { created: "2026-01-06T00:00:00Z", owner: { kind: "Job", uid: "j", controller: true } }),
    ]);
    expect(text).toStartWith("pod bookinfo/new, ");
    expect(calls[1]).toBe("get --output=json --selector=app=reviews -- pods");
  });

  test("is compared with another one", async () => {
    const cluster = {
      ...CLUSTER,
      "deployments.apps reviews": deployment,
      pods: { kind: "PodList", items: [pod("a", {})] },
      "pods b": pod("b", {}),
    };
    const { text, exit } = await plugin(["diff", "deploy/reviews", "b"], cluster);
    expect(exit).toBe(1);
    expect(text).toStartWith("--- pod bookinfo/a, container istio-proxy, ");
  });

  test("is validated", async () => {
    const cluster = { ...CLUSTER, "deployments.apps reviews": deployment, pods: { kind: "PodList", items: [pod("a", {})] } };
    const { text, exit } = await plugin(["validate", "deploy/reviews", "--nonsense"], cluster);
    expect(exit).toBe(0);
    expect(text).toStartWith(
      "pod bookinfo/a, container istio-proxy, profile istio-1.30\n\nwarning: Ignoring unknown flags: --nonsense (--strict refuses them)\n",
    );
    expect(text).toContain("Not checked by Envoy: there is none on this machine");
  });

  test("without a ready pod: its pods are named", async () => {
    const { errors, exit } = await read([pod("a", { ready: false }), pod("b", { deleted: "2026-01-05T00:00:00Z" })]);
    expect([exit, ...errors]).toEqual([
      255,
      "Cannot find the proxy of deployment/reviews: none of its pods is ready; name one of them: a (not ready), b (Terminating)",
    ]);
    expect((await read([])).errors).toEqual(["Cannot find the proxy of deployment/reviews: it has no pod"]);
    expect((await read([], { "deployments.apps reviews": { kind: "Deployment" } })).errors).toEqual([
      "Cannot find the proxy of deployment/reviews: it selects no pods",
    ]);
  });

  test("of another kind has the pods that it owns", async () => {
    const set = {
      kind: "StatefulSet",
      metadata: { name: "reviews", uid: "s" },
      spec: {
        selector: {
          matchExpressions: [
            { key: "app", operator: "In", values: ["a", "b"] },
            { key: "x", operator: "DoesNotExist" },
          ],
        },
      },
    };
    const owner = (uid: string) => ({ kind: "StatefulSet", uid, controller: true });
    const { text, calls } = await plugin(["explain", "sts/reviews", "node.id"], {
      ...CLUSTER,
      "statefulsets.apps reviews": set,
      pods: { kind: "PodList", items: [pod("other", { owner: owner("t") }), pod("own", { owner: owner("s") })] },
    });
    expect(text).toStartWith("pod bookinfo/own, ");
    expect(calls[1]).toBe("get --output=json --selector=app in (a,b),!x -- pods");
  });
});

test("ConfigMaps that cannot be read are unknown in the answer", async () => {
  const { text, warnings, exit } = await plugin(["explain", POD, "node.id"], { [`pods ${POD}`]: sidecar });
  expect(exit).toBe(0);
  expect(warnings).toEqual([`Cannot read the ConfigMaps of pod/${POD}, so their values are not known: exit status 1`]);
  expect(text).toContain('file "/var/run/secrets/istio/root-cert.pem": ConfigMap istio-ca-root-cert');
});

test.each<[readonly string[], string]>([
  [["explain"], "Cannot explain without a pod: give POD or TYPE/NAME"],
  [["render", POD, "router"], 'Cannot render "router", too: give only POD'],
  [["diff", POD, POD, "c"], 'Cannot diff "c", too: give only POD [POD]'],
  [["explain", "--", "--kubeconfig=x"], 'Cannot find the proxy of "--kubeconfig=x": "--kubeconfig=x" is not a valid name'],
  [["explain", "--", "pod/-n"], 'Cannot find the proxy of "pod/-n": "-n" is not a valid name'],
  [["render", "a,b"], 'Cannot find the proxy of "a,b": "a,b" is not a valid name'],
  [["render", ""], 'Cannot find the proxy of "": "" is not a valid name'],
  [
    ["render", "secret/x"],
    'Cannot find the proxy of "secret/x": give a pod, or deployment/NAME, statefulset/NAME, daemonset/NAME, replicaset/NAME, job/NAME',
  ],
  [["explain", "absent"], "Cannot read pod/absent from the cluster: kubectl get: exit status 1"],
  [["proxy"], 'unknown command "proxy" for "kubectl attache" (Run \'kubectl attache --help\' for usage.)'],
  [
    ["explain", POD, "--container=other"],
    `Cannot use "pod/${POD}": pod bookinfo/${POD} has no container "other"; choose one with --container: istio-proxy`,
  ],
  [["render", "broken"], "Cannot read pod/broken from the cluster: the output of kubectl is not an object in JSON"],
])("%j is refused", async (argv, message) => {
  const { exit, errors, text } = await plugin(argv, { ...CLUSTER, "pods broken": [] });
  // As with diff, 1 is a difference.
  expect({ exit, errors, text }).toEqual({ exit: argv[0] === "diff" ? 2 : 255, errors: [message], text: "" });
});

test("a value that looks like a flag stays in the argument of its flag", async () => {
  const { calls } = await plugin(["explain", POD, "-n", "--kubeconfig=x", "--context=--as=root"], CLUSTER);
  expect(calls[0]).toBe(`get --namespace=--kubeconfig=x --context=--as=root --output=json -- pods ${POD}`);
});

test("without kubectl", async () => {
  const reading = { kubectl: async () => ({ kind: "absent" }) as const, connection: [], container: undefined, warn: () => {} };
  await expect(readPod(objectName("x"), reading)).rejects.toThrow("Cannot read pod/x from the cluster: kubectl is not in PATH");
});

describe.each(profiles())("$name", (profile) => {
  const commands = pluginCommands(async () => ({ kind: "absent" }));
  test("no flag of kubectl has the name of a flag of attache", () => {
    for (const command of commands) {
      const flags = [...rootFlags(profile), ...command.flags(profile)];
      const names = flags.flatMap(({ name, short }) => [name, ...(short === undefined ? [] : [short])]);
      expect(new Set(names).size).toBe(names.length);
    }
    expect(KUBECTL_FLAGS.length).toBeGreaterThan(10);
  });

  test("help names the plug-in", () => {
    for (const command of [undefined, ...commands]) {
      const text = helpText("kubectl attache", command, profile, commands);
      expect(text).toContain("\n  kubectl attache ");
      expect(text).not.toMatch(/^ +attache /m);
    }
  });
});
