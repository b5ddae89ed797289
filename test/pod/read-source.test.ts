import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../src/common/errors.ts";
import { readSource } from "../../src/pod/read-source.ts";
import { withNames } from "../../src/pod/unknown.ts";
import { ROOT } from "../support/subject.ts";

const fixture = (name: string) => readFileSync(join(ROOT, "test/pod/fixtures", name), "utf8");
const example = (name: string) => readFileSync(join(ROOT, "examples/kubernetes", name), "utf8");
const sourceOf = (name: string, options = {}) => readSource(name, fixture(name), options);

function problemsOf(text: string, options = {}): readonly string[] {
  try {
    readSource("f.yaml", text, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("a pod of the injector", () => {
  const source = sourceOf("sidecar-1.30.yaml");
  const variable = (name: string) => source.environment.lookup(name);

  test("its proxy and arguments", () => {
    expect(source.name).toBe("pod bookinfo/reviews-5b97cfb8f9-x2v4p, container istio-proxy");
    expect(source.argv.slice(0, 4)).toEqual(["proxy", "sidecar", "--domain", "bookinfo.svc.cluster.local"]);
  });

  test.each([
    ["POD_NAME", "reviews-5b97cfb8f9-x2v4p"],
    ["POD_NAMESPACE", "bookinfo"],
    ["INSTANCE_IP", "10.244.1.7"],
    ["HOST_IP", "192.168.7.4"],
    ["SERVICE_ACCOUNT", "bookinfo-reviews"],
    ["ISTIO_META_NODE_NAME", "node-1"],
    // Half a CPU counts as one.
    ["ISTIO_CPU_LIMIT", "2"],
    ["GOMEMLIMIT", String(1024 ** 3)],
  ])("%s is resolved from the pod", (name, value) => {
    expect(variable(name)).toBe(value);
  });

  test("its labels, annotations, addresses and user", () => {
    const { files, interfaces, uid } = source.readInputs(source.environment, "./etc/istio/config/mesh");
    expect(files.labels).toMatchObject({ kind: "text", text: expect.stringContaining('app="reviews"\npod-template-hash="5b97cfb8f9"') });
    expect(files.annotations).toMatchObject({ text: expect.stringContaining('proxy.istio.io/config="concurrency: 3\\n') });
    expect(files.meshConfig).toEqual({ kind: "missing" });
    expect(interfaces.map(({ address }) => address)).toEqual(["127.0.0.1", "10.244.1.7", "fd00:10:244:1::7"]);
    expect(uid).toBe(1337);
  });

  test("files of volumes whose content is not in the manifest", () => {
    const answers = source.answerQuestions(
      [
        { kind: "stat", path: "./var/run/secrets/tokens/istio-token" },
        { kind: "stat", path: "./var/run/secrets/istio/root-cert.pem" },
        { kind: "stat", path: "/etc/istio/proxy/XDS" },
        { kind: "certificates", path: "./var/run/secrets/istio/root-cert.pem" },
      ],
      source,
    );
    expect(answers.stat("./var/run/secrets/tokens/istio-token")).toBe("file");
    expect(answers.stat("./var/run/secrets/istio/root-cert.pem")).toBe("file");
    expect(answers.stat("/etc/istio/proxy/XDS")).toBe("missing");
    expect(answers.certificates("./var/run/secrets/istio/root-cert.pem")).toBeUndefined();
    expect(source.unknowns().map(({ origin }) => origin)).toContain(
      "ConfigMap istio-ca-root-cert, key root-cert.pem, which is not in the file",
    );
  });

  test("the mesh configuration that is given", () => {
    const given = sourceOf("sidecar-1.30.yaml", { meshConfig: "defaultConfig: {}" });
    expect(given.readInputs(given.environment, "./etc/istio/config/mesh").files.meshConfig).toEqual({
      kind: "text",
      text: "defaultConfig: {}",
    });
  });
});

test("a native sidecar in a list, with envFrom, ConfigMaps and a Secret that is never read", () => {
  const source = sourceOf("native-1.30.yaml");
  const all = Object.fromEntries(source.environment.pairs);
  expect(all).toMatchObject({
    ISTIO_META_NETWORK: "network1",
    "mesh-id": "mesh1",
    ISTIO_META_MESH_ID: "mesh1",
    ISTIO_META_APP: "ratings",
    ISTIO_META_TOKEN: "<Secret tracing, key token>",
    TRACING_token: "<Secret tracing, key token>",
    POD_NAME: "ratings-0",
  });
  expect(Object.keys(all)).not.toContain("ISTIO_META_OPTIONAL");
  expect(Object.keys(all)).not.toContain("not a variable");
  // There is no limit, so the node decides.
  expect(Object.keys(all)).not.toContain("ISTIO_CPU_LIMIT");
  const names = source.unknowns().map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["ISTIO_CPU_LIMIT", "ISTIO_META_TOKEN", "TRACING_token", "variables * from envFrom"]));
  expect(JSON.stringify([all, source.unknowns()])).not.toMatch(/hunter2|aHVudGVyMg/);
});

test("a gateway of 1.6: a template with names for what only a pod has, and its mounted mesh configuration", () => {
  const source = sourceOf("gateway-1.6.yaml");
  expect(source.argv.slice(0, 4)).toEqual(["proxy", "router", "--domain", "istio-system.svc.cluster.local"]);
  expect(source.environment.lookup("POD_NAME")).toBe("<metadata.name>");
  expect(source.environment.lookup("INSTANCE_IP")).toBe("192.0.2.1");
  expect(source.unknowns()).toContainEqual({ name: "INSTANCE_IP", origin: "status.podIP", standIn: "192.0.2.1" });
  const { files } = source.readInputs(source.environment, "./etc/istio/config/mesh");
  expect(files.meshConfig).toMatchObject({ kind: "text", text: expect.stringContaining("concurrency: 4") });
});

test.each(["sidecar.yaml", "native-sidecar.yaml", "gateway.yaml", "redirected.yaml"])(
  "the example %s, whose container has another name",
  (name) => {
    expect(problemsOf(example(name))[0]).toEndWith('has no container "istio-proxy"; choose one with --container: proxy');
    const source = readSource(name, example(name), { container: "proxy" });
    expect(source.argv[0]).toBe("proxy");
    expect(source.environment.lookup("ISTIO_CPU_LIMIT")).toBe("2");
    const path = "/etc/envoy/listeners.yaml";
    expect(source.answerQuestions([{ kind: "read", path }], source).read(path)).toMatchObject({
      kind: "text",
      text: expect.stringContaining("resources:"),
    });
  },
);

test.each([
  ["docker.io/istio/proxyv2:1.6.0", "1.6.0"],
  ["proxyv2:1.28.2", "1.28.2"],
  ["registry:5000/istio/proxyv2:1.29.1-distroless", "1.29.1"],
  ["example/proxyv2:1.31-alpha.7c2e", "1.31-alpha.7c2e"],
  [`example/proxyv2:1.30.3@sha256:${"0".repeat(64)}`, "1.30.3"],
  [`example/proxyv2@sha256:${"0".repeat(64)}`, undefined],
  ["example/proxyv2:latest", undefined],
  ["example/my-proxyv2:1.28.2", undefined],
  ["example/proxyv2-rhel8:2.6", undefined],
])("the release of image %s is %p", (image, release) => {
  const pod = (env: string) =>
    `kind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: istio-proxy, image: "${image}", env: [${env}] }] }\n`;
  const source = readSource("f.yaml", pod(""));
  expect(source.environment.lookup("ISTIO_META_ISTIO_VERSION")).toBe(release);
  const noted = source.unknowns().filter(({ name }) => name.includes("ISTIO_META_ISTIO_VERSION"));
  expect(noted).toMatchObject([
    release === undefined ? { origin: `image ${image}` } : { origin: `the tag of image ${image}`, standIn: release },
  ]);
  const given = readSource("f.yaml", pod("{ name: ISTIO_META_ISTIO_VERSION, value: 1.29.0 }"));
  expect(given.environment.lookup("ISTIO_META_ISTIO_VERSION")).toBe("1.29.0");
});

test("a resource of a container that the pod does not have is not known", () => {
  const text = `kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: istio-proxy
    image: x
    args: [proxy]
    resources: {limits: {cpu: 2}}
    env:
    - {name: OWN, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    - {name: OTHER, valueFrom: {resourceFieldRef: {containerName: app, resource: limits.cpu}}}
`;
  const source = readSource("f.yaml", text);
  expect([source.environment.lookup("OWN"), source.environment.lookup("OTHER")]).toEqual(["2", undefined]);
  expect(source.unknowns()).toContainEqual({ name: "OTHER", origin: "limits.cpu of container app, which the pod does not have" });
});

describe("a saved environment", () => {
  test.each([
    ["the output of env", "A=1\nPROXY_CONFIG={}\n\nB=x=y\nPORTS=[\n  1\n]\n"],
    ["the same with CRLF", "A=1\r\nPROXY_CONFIG={}\r\n\r\nB=x=y\r\nPORTS=[\r\n  1\r\n]\r\n"],
    ["the same with a byte order mark", "\ufeffA=1\nPROXY_CONFIG={}\n\nB=x=y\nPORTS=[\n  1\n]\n"],
    ["the bytes of /proc/PID/environ", "A=1\0PROXY_CONFIG={}\n\0B=x=y\0PORTS=[\n  1\n]\0"],
  ])("%s", (_, text) => {
    expect(readSource("env", text).environment.pairs).toEqual([
      ["A", "1"],
      ["PROXY_CONFIG", "{}\n"],
      ["B", "x=y"],
      ["PORTS", "[\n  1\n]"],
    ]);
  });

  test("what it does not contain has a name", () => {
    const source = readSource("env", "INSTANCE_IP=10.0.0.1\n");
    expect(source.unknowns().map(({ name }) => name)).toEqual([
      "labels, annotations and mounted files",
      "arguments",
      "network interfaces other than that of INSTANCE_IP",
    ]);
  });
});

const pod = (name: string, more = "") =>
  `kind: Pod\nmetadata: { name: ${name}${more} }\nspec: { containers: [{ name: istio-proxy, image: x, args: [proxy] }] }\n`;

test.each<[string, string, object, readonly string[]]>([
  ["an empty file", " \n", {}, ["it is empty"]],
  [
    "bytes that are no environment",
    "\x7fELF\x02\0\x01\x03\0A=1\0\ufffd=\0",
    {},
    ["f.yaml, line 1, column 1: control characters are not allowed"],
  ],
  [
    "a manifest with a NUL byte",
    'kind: Pod\nmetadata: {name: "a\0=b"}\n',
    {},
    ["f.yaml, line 2, column 20: control characters are not allowed"],
  ],
  ["a manifest in UTF-16", `\ufffd\ufffd${[..."kind: Pod\n"].join("\0")}\0`, {}, ["it is in UTF-16; save it as UTF-8"]],
  ["no pod", "kind: Service\n---\nkind: ConfigMap\n", {}, ["it contains no pod, only ConfigMap, Service"]],
  [
    "a template without a proxy",
    "kind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: app}]}}}\n",
    {},
    ["deployment a is not injected yet: give a pod"],
  ],
  [
    "the chart of a gateway",
    fixture("gateway-1.30.yaml"),
    {},
    ["deployment istio-system/istio-ingressgateway is not injected yet: give a pod"],
  ],
  [
    "a pod without a proxy",
    "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: app}]}\n",
    {},
    ['pod a has no container "istio-proxy"; choose one with --container: app'],
  ],
  ["several proxies", `${pod("a")}---\n${pod("b")}`, {}, ["it contains several proxies; choose one with --pod: a, b"]],
  [
    "several proxies of one name",
    `${pod("a", ", namespace: east")}---\n${pod("a", ", namespace: west")}`,
    {},
    ["it contains several proxies; choose one with --pod: east/a, west/a"],
  ],
  ["a pod that is not there", pod("a"), { pod: "b" }, ['it contains no pod "b": pod a']],
  ["a broken line", "kind: Pod\nmetadata:\n  name: a\n bad: [\n", {}, []],
  ["a list", "- kind: Pod\n", {}, ["f.yaml, line 1: expected a Kubernetes object, found a list"]],
  ["an object without kind", "a: b\n", {}, ["f.yaml, line 1: an object without kind; give a Pod, as kubectl get -o yaml prints it"]],
])("%s is refused", (_, text, options, problems) => {
  const found = problemsOf(text, options);
  if (problems.length > 0) expect(found).toEqual([...problems]);
  else expect(found[0]).toMatch(/^f\.yaml, line \d+, column \d+: /);
});

test("--pod chooses among several, and the line of a fault counts in the file", () => {
  const two = `${pod("a")}---\n${pod("b")}`;
  expect(readSource("f", two, { pod: "b" }).name).toBe("pod b, container istio-proxy");
  expect(readSource("f", two, { pod: "pod/a" }).name).toBe("pod a, container istio-proxy");
  const broken = problemsOf(`${pod("a")}---\nkind: Secret\ndata: {password: "hunter2}\n`);
  expect(broken).toHaveLength(1);
  expect(broken[0]).toMatch(/^f\.yaml, line 7, column \d+: /);
  expect(broken[0]).not.toContain("hunter2");
});

test("CRLF, a byte order mark, JSON and several JSON objects are read", () => {
  const text = pod("a");
  const json = JSON.stringify(
    { kind: "Pod", metadata: { name: "a" }, spec: { containers: [{ name: "istio-proxy", args: ["proxy"] }] } },
    null,
    2,
  );
  for (const each of [
    text.replaceAll("\n", "\r\n"),
    `\ufeff${text}`,
    json,
    `${json}\n{"kind":"Service"}\n`,
    `# comment\n---\n# x\n---\n${text}...\n`,
  ])
    expect(readSource("f", each).name).toBe("pod a, container istio-proxy");
});

test("what is not known of a template has a stand-in of its own", () => {
  const text = `kind: Deployment
metadata: { name: a }
spec:
  template:
    spec:
      containers:
      - name: istio-proxy
        args: [proxy]
        env:
        - { name: INSTANCE_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }
        - { name: HOST_IP, valueFrom: { fieldRef: { fieldPath: status.hostIP } } }
        - { name: POD_NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
`;
  const source = readSource("f", text);
  expect(Object.fromEntries(source.environment.pairs)).toEqual({
    INSTANCE_IP: "192.0.2.1",
    HOST_IP: "192.0.2.2",
    POD_NAMESPACE: "<metadata.namespace>",
  });
  expect(withNames("at 192.0.2.1 on 192.0.2.2", source.unknowns())).toBe("at <status.podIP> on <status.hostIP>");
});
