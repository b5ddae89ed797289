import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FilePlace, InputPlace } from "../../src/inputs/input-place.ts";
import { readSource } from "../../src/pod/read-source.ts";
import { ROOT } from "../support/subject.ts";

const FILE = "test/pod/fixtures/sidecar-1.30.yaml";
const YAML = readFileSync(join(ROOT, FILE), "utf8");
const POD: unknown = Bun.YAML.parse(YAML);

function lineOf(text: string, place: FilePlace | undefined): string {
  return text.split("\n")[(place?.line ?? 0) - 1]?.trim() ?? "";
}

const PLACES: readonly (readonly [InputPlace, yaml: string, json: string])[] = [
  [{ kind: "variable", name: "POD_NAME" }, "- name: POD_NAME", "{"],
  [{ kind: "argument", name: "proxyLogLevel" }, "- --proxyLogLevel=warning", '"--proxyLogLevel=warning",'],
  [{ kind: "argument", name: "sidecar" }, "- sidecar", '"sidecar",'],
  [{ kind: "annotation", name: "proxy.istio.io/config" }, "proxy.istio.io/config: |", '"proxy.istio.io/config": '],
  [{ kind: "label", name: "app" }, "app: reviews", '"app": "reviews",'],
];

test.each(PLACES)("%j in a pod, a pod after another document, a pod as JSON and in a list", (place, yaml, json) => {
  const list = { apiVersion: "v1", kind: "List", items: [{ kind: "Service", metadata: { name: "x" } }, POD] };
  for (const [text, line] of [
    [YAML, yaml],
    [`kind: Service\nmetadata: {name: x}\n---\n${YAML}`, yaml],
    [JSON.stringify(POD, null, 2), json],
    [JSON.stringify(list, null, 2), json],
  ] as const) {
    const found = readSource("pod", text).locate(place);
    expect(found?.file).toBe("pod");
    expect(lineOf(text, found)).toStartWith(line);
  }
});

test.each([
  { kind: "variable", name: "NOT_SET" },
  { kind: "annotation", name: "not.set" },
  { kind: "argument", name: "not-given" },
  { kind: "machine", name: "10.0.0.1" },
] as const)("%j is in no line", (place) => {
  expect(readSource("pod", YAML).locate(place)).toBeUndefined();
});

test("a variable of a saved environment; the bytes of a process have no lines", () => {
  const place = { kind: "variable", name: "B" } as const;
  expect(readSource("env", "A=1\nB=2\n").locate(place)).toEqual({ file: "env", line: 2 });
  expect(readSource("env", "A=1\0B=2\0").locate(place)).toEqual({ file: "env" });
});

test("a field of a document in a literal block has its own line; in another scalar, that of the scalar", () => {
  const pod = (config: string, value: string) => `kind: Pod
metadata:
  name: p
  annotations:
    proxy.istio.io/config: ${config}
spec:
  containers:
  - name: istio-proxy
    image: x
    args: [proxy]
    env:
    - name: PROXY_CONFIG
      value: ${value}
`;
  const block = pod(
    "|\n      concurrency: 2\n      drainDuration: 1s",
    "|-\n        statusPort: 1\n        proxyMetadata:\n          A: b",
  );
  const flow = pod('\'{"drainDuration":"1s"}\'', '\'{"proxyMetadata":{"A":"b"}}\'');
  const annotation = { kind: "annotation", name: "proxy.istio.io/config", path: ["drainDuration"] } as const;
  const variable = { kind: "variable", name: "PROXY_CONFIG", path: ["proxyMetadata", "A"] } as const;
  const linesOf = (text: string) =>
    [annotation, variable].map((place) => {
      const found = readSource("pod", text).locate(place);
      return `${found?.column}: ${lineOf(text, found)}`;
    });
  expect(linesOf(block)).toEqual(["7: drainDuration: 1s", "11: A: b"]);
  expect(linesOf(flow)).toEqual([`5: proxy.istio.io/config: '{"drainDuration":"1s"}'`, "7: - name: PROXY_CONFIG"]);
});
