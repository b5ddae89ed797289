import { expect, test } from "bun:test";
import { answerOf, injected } from "./support.ts";

const POD = injected("sidecar-1.30.yaml");
const FILES = {
  "a.yaml": POD,
  "b.yaml": POD.replaceAll("istiod-canary.istio-system", "istiod.istio-system").replace("--proxyLogLevel=warning", "--proxyLogLevel=debug"),
  "env.txt": "POD_NAME=p\nPOD_NAMESPACE=n\nINSTANCE_IP=10.0.0.1\n",
};
const diff = (...argv: readonly string[]) => answerOf(["diff", ...argv], {}, FILES);

test("equal plans: nothing is printed, and the status is 0", async () => {
  expect(await diff("a.yaml", "a.yaml")).toEqual({ text: "", errors: "", exit: 0 });
});

test("two pods", async () => {
  const { text, exit } = await diff("a.yaml", "b.yaml");
  expect(exit).toBe(1);
  expect(text).toContain('argv[-l]\n  - "warning"\n  + "debug"\n');
  expect(text).toContain('proxyConfig.discoveryAddress\n  - "istiod-canary.istio-system.svc:15012"\n  + "istiod.istio-system.svc:15012"\n');
  expect(text).not.toContain("proxyConfig.concurrency");
});

test("one pod with two releases", async () => {
  const { text, exit } = await diff("--profile", "istio-1.6", "--profile", "istio-1.30", "a.yaml");
  expect(exit).toBe(1);
  expect(text).toStartWith("--- pod bookinfo/reviews-5b97cfb8f9-x2v4p, container istio-proxy, profile istio-1.6\n+++ ");
});

test("two releases that do the same with a pod do not differ", async () => {
  expect(await diff("--profile=istio-1.30", "--profile=istio-1.31", "a.yaml")).toEqual({ text: "", errors: "", exit: 0 });
});

test("a saved environment and this machine", async () => {
  const { text, exit } = await diff("env.txt");
  expect(exit).toBe(1);
  expect(text).toContain("+++ this machine, profile istio-1.30\n");
});

test("the bootstrap that a pod is rendered to equals the pod's plan", async () => {
  const rendered = await answerOf(["render", "--from-file=a.yaml"], {}, FILES);
  expect(rendered.exit).toBe(0);
  const same = await answerOf(["diff", "rev0.json", "a.yaml"], {}, { ...FILES, "rev0.json": rendered.text });
  expect(same).toMatchObject({ text: "", exit: 0 });
  const changed = rendered.text.replace('"port_value": 15000', '"port_value": 15009');
  const found = await answerOf(["diff", "rev0.json", "a.yaml", "-o", "json"], {}, { ...FILES, "rev0.json": changed });
  expect(found.exit).toBe(1);
  expect(JSON.parse(found.text)).toMatchObject({
    same: false,
    changes: [{ path: "admin.address.socket_address.port_value", before: 15009, after: 15000 }],
  });
});

test("two starts that are refused are not the same: nothing of them was compared", async () => {
  const refused = (port: number) => POD.replace('"concurrency":2', `"concurrency":2,"proxyAdminPort":${port}`);
  const files = { ...FILES, "c.yaml": refused(70000), "d.yaml": refused(80000) };
  for (const [a, b] of [
    ["c.yaml", "c.yaml"],
    ["c.yaml", "d.yaml"],
  ] as const) {
    for (const output of ["text", "json"]) {
      const { text, errors, exit } = await answerOf(["diff", a, b, "-o", output], {}, files);
      expect([exit, text]).toEqual([2, ""]);
      expect(errors).toMatch(/^Cannot compare two starts that are refused: pod .*70000.*; pod .*[78]0000/);
    }
  }
});

test("lists that change only in their order are reported as reordered", async () => {
  const bootstrap = (names: readonly string[], ports: readonly number[]) =>
    JSON.stringify({ static_resources: { clusters: names.map((name) => ({ name, type: "STATIC" })) }, ports });
  const files = { "a.json": bootstrap(["x", "y", "z"], [1, 2]), "b.json": bootstrap(["z", "x", "w"], [2, 1]) };
  const text = await answerOf(["diff", "a.json", "b.json"], {}, files);
  expect(text).toMatchObject({
    exit: 1,
    text: [
      "--- a.json",
      "+++ b.json",
      "static_resources.clusters[y]",
      '  - {"name":"y","type":"STATIC"}',
      "static_resources.clusters[w]",
      '  + {"name":"w","type":"STATIC"}',
      "static_resources.clusters",
      "  the same items in another order",
      "ports",
      "  the same items in another order",
      "",
    ].join("\n"),
  });
  const json = JSON.parse((await answerOf(["diff", "a.json", "b.json", "-o", "json"], {}, files)).text);
  expect([json.same, json.reordered, json.changes.length]).toEqual([false, ["static_resources.clusters", "ports"], 2]);
});

test("strings of JSON with line separators are read as JSON", async () => {
  const text = JSON.stringify({ static_resources: {}, node: { id: "a\u2028  b" } });
  expect(
    await answerOf(["diff", "a.json", "b.json"], {}, { "a.json": text, "b.json": text.replaceAll("\u2028", "\\u2028") }),
  ).toMatchObject({ exit: 0 });
});

test("a preview of a newer release names what that refuses", async () => {
  const machine = { env: { ISTIO_PROMETHEUS_ANNOTATIONS: '{"scrape":"true","port":"99999,70000"}' } };
  const { text, exit } = await answerOf(["diff", "--profile=istio-1.30", "--profile=istio-1.31"], machine);
  expect([exit, text]).toEqual([1, expect.stringMatching(/^this machine, profile istio-1\.31 is refused:\n {2}.*99999/m)]);
});

test("a release that refuses the start is named with the reasons", async () => {
  const refused = POD.replace('"concurrency":2', '"concurrency":2,"proxyAdminPort":70000');
  const { text, exit } = await answerOf(["diff", "a.yaml", "c.yaml"], {}, { ...FILES, "c.yaml": refused });
  expect(exit).toBe(1);
  expect(text).toContain("is refused:\n  ");
  expect(text).toContain("70000");
});

test.each([
  [[], "Cannot compare one plan"],
  [["a.yaml", "b.yaml", "env.txt"], "Cannot compare 3 files"],
  [["absent.yaml"], 'Cannot read "absent.yaml": no such file or directory'],
])("%p is refused", async (argv, message) => {
  const { errors, exit } = await diff(...argv);
  expect(exit).not.toBe(0);
  expect(errors).toContain(message);
});
