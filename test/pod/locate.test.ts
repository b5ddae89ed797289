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
