import { expect, test } from "bun:test";
import { azureCompute, newestAzureVersion } from "../../src/node/azure.ts";

const tagsOf = (compute: object) => azureCompute(JSON.stringify({ compute })).tags;

test.each([
  [
    "names and values",
    [
      { name: "a", value: "b" },
      { name: "c", value: "" },
    ],
    { a: "b", c: "" },
  ],
  ["names in another case, the last in byte order counting", [{ name: "z", Name: "a", VALUE: "b" }], { z: "b" }],
  ["absent and null members", [{ name: "a" }, { name: "b", value: null }, null], { a: "", b: "", "": "" }],
  [
    "a value that is no text",
    [
      { name: "a", value: "b" },
      { name: "c", value: 1 },
    ],
    {},
  ],
  ["a name that is no text", [{ name: ["a"], value: "b" }], {}],
  ["an entry that is no object", [{ name: "a", value: "b" }, "c"], {}],
  ["a value instead of a list", { name: "a" }, {}],
  ["null", null, {}],
  ["a name of the language", [{ name: "__proto__", value: "b" }], JSON.parse('{"__proto__": "b"}')],
])("a list of tags with %s", (_, tagsList, expected) => {
  expect(tagsOf({ tagsList, tags: "not:these" })).toEqual(expected);
});

test.each([
  ["Department:IT;Role:Worker", { Department: "IT", Role: "Worker" }],
  ["a:b:c;d", { a: "b:c", d: "" }],
  ["a:;:b;", { a: "", "": "" }],
  ["a:1;a:2", { a: "2" }],
  ["", {}],
])("tags as text: %s", (tags, expected) => {
  expect(tagsOf({ tags })).toEqual(expected);
});

test.each(["", "{", "[]", "null", '{"compute": 1}', '{"compute": null}', '{"compute": {"name": 1, "zone": true, "tags": {}}}'])(
  "%s has no usable values",
  (text) => {
    expect(azureCompute(text)).toEqual({ name: "", location: "", vmId: "", zone: "", tags: {} });
  },
);

test.each([
  ['{"error": "Bad request.", "newest-versions": ["2021-02-01", "2020-12-01", "2020-10-01"]}', "2021-02-01"],
  ['{"newest-versions": ["2017-04-02", 2022]}', "2019-08-15"],
  ['{"newest-versions": "2022-01-01"}', "2019-08-15"],
  ["", "2019-08-15"],
])("of the versions %s", (text, version) => {
  expect(newestAzureVersion(text)).toBe(version);
});
