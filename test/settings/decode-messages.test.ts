import { expect, test } from "bun:test";
import { unknownFieldHint } from "../../src/settings/decode-messages.ts";
import type { MessageSchema } from "../../src/settings/schema.ts";

const INNER: MessageSchema = { fields: { concurrency: "int32", tracing: { message: () => ({ fields: { zipkin: "string" } }) } } };
const MESH: MessageSchema = {
  fields: { enableTracing: "bool", list: { list: { message: () => INNER } }, map: { map: { message: () => INNER } } },
};
const ROOTS = [
  { prefix: [], schema: MESH },
  { prefix: ["default", "config"], schema: INNER },
];

test.each<[readonly string[], unknown, string]>([
  [["enableTracng"], true, "; did you mean enableTracing?"],
  [["defaut"], {}, "; did you mean default?"],
  [["confg"], {}, ""],
  [["default", "confg"], {}, "; did you mean config?"],
  [["default", "defaut"], {}, ""],
  [["default", "config", "concurency"], 1, "; did you mean concurrency?"],
  [["default", "config", "tracing", "zipkn"], "", "; did you mean zipkin?"],
  [["other", "config", "concurency"], 1, ""],
  [["concurrency"], 1, "; did you mean default.config.concurrency?"],
  [["default", "config", "enableTracing"], true, "; did you mean enableTracing, at the top?"],
  [["list", "0", "concurency"], 1, "; did you mean concurrency?"],
  [["map", "key", "concurency"], 1, "; did you mean concurrency?"],
  [["config"], { enableTracing: true }, '; remove "config" and put its fields here'],
  [["config"], { other: true }, ""],
])("the hint for %j with %j is %j", (path, value, hint) => {
  expect(unknownFieldHint(path, value, ROOTS)).toBe(hint);
});

test("a field is suggested from at most three levels below, also in a schema that contains itself", () => {
  const at = (depth: number): MessageSchema => ({ fields: depth === 0 ? { wanted: "bool" } : { inner: { message: () => at(depth - 1) } } });
  const hints = [1, 2, 3, 4].map((depth) => unknownFieldHint(["wanted"], true, [{ prefix: [], schema: at(depth) }]));
  expect(hints).toEqual([
    "; did you mean inner.wanted?",
    "; did you mean inner.inner.wanted?",
    "; did you mean inner.inner.inner.wanted?",
    "",
  ]);
  const endless: MessageSchema = { fields: { inner: { message: () => endless } } };
  expect(unknownFieldHint(["wanted"], true, [{ prefix: [], schema: endless }])).toBe("");
});
