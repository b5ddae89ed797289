import { expect, test } from "bun:test";
import { changedSchema } from "../../src/settings/changed-schema.ts";
import { decodeInto } from "../../src/settings/decode.ts";
import { enumOf, type MessageSchema, message, TEXTS } from "../../src/settings/schema.ts";

const BASE = {
  fields: {
    name: "string",
    old: "string",
    mode: enumOf("Mode", "OFF", "ON"),
    inner: message(() => ({ fields: { list: { list: message(() => ({ fields: { mode: enumOf("Mode", "A", "B"), gone: "bool" } })) } } })),
    one: "string",
    other: "string",
  },
  oneofs: [["one", "other"]],
} as const satisfies MessageSchema;

const CHANGED = changedSchema(BASE, {
  old: undefined,
  added: TEXTS,
  mode: enumOf("Mode", "OFF", "ON", "AUTO"),
  "inner.list.mode": enumOf("Mode", "A"),
  "inner.list.gone": undefined,
});

const read = (document: unknown) => {
  const { value, errors, unknown } = decodeInto(CHANGED, {}, document);
  return { value, errors: errors.map(({ path }) => path.join(".")), unknown: unknown.map(({ path }) => path.join(".")) };
};

test.each<[string, unknown, Partial<ReturnType<typeof read>>]>([
  ["an added field is read", { added: ["a"] }, { value: { added: ["a"] }, unknown: [] }],
  ["one that is gone is unknown", { old: "a" }, { unknown: ["old"] }],
  ["a changed one has its new type", { mode: "AUTO" }, { value: { mode: "AUTO" }, errors: [] }],
  ["below messages and lists, too", { inner: { list: [{ mode: "B" }] } }, { errors: ["inner.list.0.mode"] }],
  ["and what is gone there", { inner: { list: [{ mode: "A", gone: true }] } }, { errors: [], unknown: ["inner.list.0.gone"] }],
  ["oneofs stay", { one: "a", other: "b" }, { value: { other: "b" } }],
  ["other fields stay", { name: "a" }, { value: { name: "a" } }],
])("%s", (_, document, result) => {
  expect(read(document)).toMatchObject(result);
});

test("the schema on which it is based is as before", () => {
  expect(Object.keys(BASE.fields)).toEqual(["name", "old", "mode", "inner", "one", "other"]);
  expect(Object.keys(CHANGED.fields)).toEqual(["name", "mode", "inner", "one", "other", "added"]);
});
