import { expect, test } from "bun:test";
import { changesBetween } from "../../src/explain/compare.ts";
import { maskedValue } from "../../src/explain/masked-value.ts";
import { pathText, selectPaths } from "../../src/explain/paths.ts";

const DOCUMENT = {
  node: { id: "a", metadata: { "x.y": 1 } },
  argv: { "-c": "f", "--concurrency": "2" },
  static_resources: { clusters: [{ name: "one", type: "STATIC" }, { name: "two" }], listeners: [{ port: 1 }, { port: 2 }] },
};

test.each([
  ["node.id", ["node.id"]],
  ["node", ["node"]],
  ["node.metadata[x.y]", ["node.metadata[x.y]"]],
  ["argv[--concurrency]", ["argv[--concurrency]"]],
  ["argv.*", ["argv[-c]", "argv[--concurrency]"]],
  ["static_resources.clusters[*].name", ["static_resources.clusters[one].name", "static_resources.clusters[two].name"]],
  ["static_resources.clusters[t*]", ["static_resources.clusters[two]"]],
  ["static_resources.listeners[1].port", ["static_resources.listeners[1].port"]],
  ["**.type", ["static_resources.clusters[one].type"]],
  ["**[two]", ["static_resources.clusters[two]"]],
  ["absent", []],
  ["node.id.more", []],
])("%s selects", (pattern, expected) => {
  expect(selectPaths(DOCUMENT, pattern).map(pathText)).toEqual(expected);
});

test.each(["", ".", "[", "]", "a..b", ".a", "a.", "a[b", "a]b", "a[]", "a.[b]", "a[b]c", "[[a]]"])("%p is not a path", (pattern) => {
  expect(() => selectPaths(DOCUMENT, pattern)).toThrow(`Cannot read the path "${pattern}": write it like node.cluster`);
});

test("lists are compared by name, others by position; the order of members does not count", () => {
  const after = {
    argv: { "--concurrency": "3", "-c": "f" },
    static_resources: {
      listeners: [{ port: 1 }, { port: 3 }],
      clusters: [{ name: "two" }, { name: "three" }, { type: "EDS", name: "one" }],
    },
    node: { metadata: { "x.y": 1 }, id: "a" },
  };
  expect(changesBetween(DOCUMENT, after).map(({ path, before, after: now }) => [pathText(path), before, now])).toEqual([
    ["argv[--concurrency]", "2", "3"],
    ["static_resources.clusters[one].type", "STATIC", "EDS"],
    ["static_resources.clusters[three]", undefined, { name: "three" }],
    ["static_resources.listeners[1].port", 2, 3],
  ]);
  expect(changesBetween(DOCUMENT, DOCUMENT)).toEqual([]);
});

test.each([
  [{ a: [] }, { a: [1] }, ["a"]],
  [{ a: {} }, { a: [] }, ["a"]],
  [{ a: null }, { a: { b: 1 } }, ["a"]],
  [{ a: { b: 1 } }, { a: 1 }, ["a"]],
  [{}, { a: 1 }, ["a"]],
])("%j and %j differ in %p", (before, after, paths) => {
  expect(changesBetween(before, after).map(({ path }) => pathText(path))).toEqual(paths);
});

test("a value is masked by the names on its path", () => {
  const at = (text: string, document: object) => selectPaths(JSON.parse(JSON.stringify(document)), text)[0] ?? [];
  const document = {
    auth: { password: "hunter2" },
    headers: [
      { name: "authorization", value: "hunter2" },
      { name: "a", value: "b" },
    ],
  };
  expect(maskedValue(at("auth.password", document), "hunter2")).toBe("***");
  expect(maskedValue(at("headers[authorization].value", document), "hunter2")).toBe("***");
  expect(maskedValue(at("headers[a].value", document), "b")).toBe("b");
  expect(maskedValue([], document.auth)).toEqual({ password: "***" });
});
