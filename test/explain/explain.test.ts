import { describe, expect, test } from "bun:test";
import type { ShownExplanation } from "../../src/explain/explanation-json.ts";
import { answerOf, injected } from "./support.ts";

const SIDECAR = { "pod.yaml": injected("sidecar-1.30.yaml") };
const fromFile = (...argv: readonly string[]) => answerOf(["explain", "--from-file=pod.yaml", ...argv], {}, SIDECAR);

/** Explains a start of a machine in memory and returns the data. */
async function explained(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<ShownExplanation> {
  const { text, errors } = await answerOf(["explain", "-o", "json", ...argv], { env });
  expect(errors).toBe("");
  return JSON.parse(text) as ShownExplanation; // what the command prints
}

test("one value of a pod: its inputs, and what it would be without each", async () => {
  const { text, exit } = await fromFile("node.id");
  expect(exit).toBe(0);
  expect(text).toStartWith(`pod bookinfo/reviews-5b97cfb8f9-x2v4p, container istio-proxy, profile istio-1.30

node.id: "sidecar~10.244.1.7~reviews-5b97cfb8f9-x2v4p.bookinfo~bookinfo.svc.cluster.local"
  POD_NAME = "reviews-5b97cfb8f9-x2v4p"
    without it: "sidecar~10.244.1.7~.bookinfo~bookinfo.svc.cluster.local"
  POD_NAMESPACE = "bookinfo"
    without it: "sidecar~10.244.1.7~reviews-5b97cfb8f9-x2v4p.~bookinfo.svc.cluster.local"
    shadows --domain = "bookinfo.svc.cluster.local"; without that, too: "sidecar~10.244.1.7~reviews-5b97cfb8f9-x2v4p.~.svc.cluster.local"
`);
  expect(text).toContain("Not known:\n");
});

test("inputs of one setting in order of precedence", async () => {
  const { text } = await fromFile("proxyConfig.concurrency", "--concurrency=5");
  expect(text).toContain(`proxyConfig.concurrency: 5
  --concurrency = "5"
    without it: 3
    shadows concurrency in pod annotation proxy.istio.io/config = 3; without that, too: 2
    shadows concurrency in PROXY_CONFIG = 2; without that, too: (no value)
    shadows ISTIO_CPU_LIMIT = "2"; without that, too: (no value)
`);
  expect(text).toContain("concurrency in PROXY_CONFIG = 2: shadowed by --concurrency: it has an effect only without that");
});

test("inputs each of which gives a value alone, as one dependency", async () => {
  const { text } = await fromFile("node.cluster");
  expect(text).toContain(`node.cluster: "reviews.bookinfo"
  POD_NAMESPACE = "bookinfo"
    without it: "reviews."
  ISTIO_META_WORKLOAD_NAME = "reviews"
  or pod label app = "reviews"
  or pod label service.istio.io/canonical-name = "reviews"
    without all of these: "istio-proxy.bookinfo"
`);
  const json = JSON.parse((await fromFile("node.cluster", "-o", "json")).text) as ShownExplanation; // what the command prints
  expect(json.values[0]?.dependsOnOneOf).toEqual([
    {
      inputs: [
        { input: "ISTIO_META_WORKLOAD_NAME", value: '"reviews"' },
        { input: "pod label app", value: '"reviews"' },
        { input: "pod label service.istio.io/canonical-name", value: '"reviews"' },
      ],
      without: { value: "istio-proxy.bookinfo" },
    },
  ]);
});

test("without time for combinations no input is said to be unused", async () => {
  let time = 0;
  const clock = () => {
    time += 1000;
    return time;
  };
  const { text } = await answerOf(["explain", "--from-file=pod.yaml"], {}, SIDECAR, clock);
  expect(text).toContain("Not tried within the time for it");
  expect(text).not.toContain("changes nothing here");
  expect(text).toContain(
    'pod label pod-template-hash = "5b97cfb8f9": changes nothing alone; what it does together with others was not tried',
  );
  const json = await answerOf(["explain", "--from-file=pod.yaml", "--all", "-o", "json"], {}, SIDECAR, clock);
  const { pairsNotTried, withoutEffect } = JSON.parse(json.text) as ShownExplanation; // what the command prints
  expect(pairsNotTried).toBeGreaterThan(0);
  expect(withoutEffect).toContainEqual(expect.objectContaining({ input: "pod label pod-template-hash", reason: "untried" }));
});

test("every input is listed once with --all, with what it changes or why it changes nothing", async () => {
  const { text } = await fromFile("--all", "-o", "json");
  const { inputs = [], withoutEffect, pairsNotTried } = JSON.parse(text) as ShownExplanation; // what the command prints
  const labels = [...inputs, ...withoutEffect].map(({ input }) => input);
  expect(new Set(labels).size).toBe(labels.length);
  expect(labels.length).toBeGreaterThan(30);
  expect(pairsNotTried).toBe(0);
  for (const { changes, refused } of inputs) expect(changes.length + (refused ?? []).length).toBeGreaterThan(0);
  const changed = (name: string) => inputs.find(({ input }) => input === name)?.changes.map(({ path }) => path);
  expect(changed("pod label app")).toContain("node.metadata.LABELS.app");
  expect(changed("discoveryAddress in PROXY_CONFIG")).toContain("proxyConfig.discoveryAddress");
  expect(changed("discoveryAddress in PROXY_CONFIG")).not.toContain("proxyConfig.concurrency");
});

describe("inputs without effect", () => {
  const BASE = { POD_NAME: "p", POD_NAMESPACE: "n", INSTANCE_IP: "10.0.0.1" };
  test.each<[string, Readonly<Record<string, string>>, readonly string[], object]>([
    ["INSTANCE_IPP", { INSTANCE_IPP: "1" }, [], { reason: "unknown", meant: "INSTANCE_IP" }],
    ["HOME", { HOME: "/" }, [], { reason: "unknown" }],
    ["JWT_POLICY", { JWT_POLICY: "third-party-jwt" }, [], { reason: "other-profile", profiles: ["istio-1.6"] }],
    ["concurency in PROXY_CONFIG", { PROXY_CONFIG: "concurency: 2" }, [], { reason: "unknown", meant: "concurrency" }],
    ["proxyAdminPort in PROXY_CONFIG", { PROXY_CONFIG: "proxyAdminPort: 15000" }, [], { reason: "default" }],
    ["ENVOY_STATUS_PORT", { ENVOY_STATUS_PORT: "15021" }, [], { reason: "default" }],
    ["--concurency", {}, ["--concurency=2"], { reason: "unknown", meant: "--concurrency" }],
    ["ISTIO_CPU_LIMIT", { ISTIO_CPU_LIMIT: "4" }, ["--concurrency=2"], { reason: "shadowed", other: "--concurrency" }],
  ])("%s", async (name, env, argv, expected) => {
    const { withoutEffect } = await explained(["--all", ...argv], { ...BASE, ...env });
    expect(withoutEffect.find(({ input }) => input === name)).toMatchObject(expected);
  });

  test("several below one that takes precedence", async () => {
    const env = { ...BASE, PROXY_CONFIG: "concurrency: 3", ISTIO_CPU_LIMIT: "4" };
    const { withoutEffect } = await explained(["--all", "--concurrency=2"], env);
    expect(withoutEffect.map(({ input, reason, other }) => [input, reason, other])).toEqual([
      ["concurrency in PROXY_CONFIG", "shadowed", "--concurrency"],
      ["ISTIO_CPU_LIMIT", "shadowed", "--concurrency"],
    ]);
  });

  test("two that set the same value", async () => {
    const { withoutEffect } = await explained(["--all", "--concurrency=2"], { ...BASE, ISTIO_CPU_LIMIT: "2" });
    expect(withoutEffect.find(({ input }) => input === "ISTIO_CPU_LIMIT")).toMatchObject({ reason: "together", other: "--concurrency" });
  });
});

test("secrets are masked in values, inputs and refusals", async () => {
  const env = {
    ISTIO_META_PASSWORD: "hunter2",
    PROXY_CONFIG: "tracing: { lightstep: { address: 'a:1', accessToken: hunter2 } }",
    XDS_AUTH_TOKEN: "hunter2",
  };
  for (const argv of [["--all"], ["node.metadata"], ["**"], ["--all", "-o", "json"], ["proxyConfig.tracing.lightstep.accessToken"]]) {
    const { text, exit } = await answerOf(["explain", ...argv], { env });
    expect(exit).toBe(0);
    expect(text).not.toContain("hunter2");
  }
});

test.each([
  ["node.clusterr", "did you mean node.cluster?"],
  ["static_resources.clusters[xds-grcp]", "did you mean static_resources.clusters[xds-grpc]?"],
  ["proxyConfig.concurency", "did you mean"],
])("a path without a value is refused with a hint: %s", async (path, hint) => {
  const { errors, exit } = await answerOf(["explain", path, "--concurrency=2"]);
  expect(exit).not.toBe(0);
  expect(errors).toContain(`There is no value at "${path}"`);
  expect(errors).toContain(hint);
});

test("a refused start is not explained", async () => {
  const { errors, exit } = await answerOf(["explain"], { env: { PROXY_CONFIG: "proxyAdminPort: 70000" } });
  expect(exit).toBe(255);
  expect(errors).toContain("Cannot explain a start that is refused");
});

test.each(["from-file", "from-pid", "pod", "container", "mesh-config", "html"])("an empty --%s is refused", async (flag) => {
  const { errors, exit } = await answerOf(["explain", `--${flag}=`], {}, SIDECAR);
  expect(exit).not.toBe(0);
  expect(errors).toContain(`Cannot use --${flag} with an empty value`);
});

test("--pod without --from-file is refused", async () => {
  const { errors, exit } = await answerOf(["explain", "--pod=x"]);
  expect(exit).not.toBe(0);
  expect(errors).toContain("Cannot use --pod without --from-file");
});

test("a saved environment is explained as if the injector's files were there", async () => {
  const named = { "env.txt": "POD_NAME=p\nPOD_NAMESPACE=n\nINSTANCE_IP=10.0.0.1\nPROXY_CONFIG={}\n\n" };
  const { text, exit } = await answerOf(["explain", "node.id", "--from-file=env.txt"], {}, named);
  expect(exit).toBe(0);
  expect(text).toStartWith('saved environment "env.txt", profile istio-1.30\n\nnode.id: "sidecar~10.0.0.1~p.n~n.svc.cluster.local"\n');
  expect(text).toContain("labels, annotations and mounted files: the machine on which the environment was saved");
});
