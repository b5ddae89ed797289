import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import protobuf from "protobufjs";
import { join } from "../../src/mesh/pieces.ts";
import { ProtobufError, type Table } from "../../src/mesh/protobuf.ts";
import { decode } from "../../src/mesh/protobuf-reader.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import { ANY, DURATION, decodeStruct, encodeStruct, type Json } from "../../src/mesh/well-known.ts";

const oracle = protobuf.parse(
  `syntax = "proto3";
  package google.protobuf;
  message Struct { map<string, Value> fields = 1; }
  message Value {
    oneof kind { int32 null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; }
  }
  message ListValue { repeated Value values = 1; }
  message Any { string type_url = 1; bytes value = 2; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message BoolValue { bool value = 1; }`,
).root;

function oracleValue(value: Json): object {
  if (value === null) return { nullValue: 0 };
  if (typeof value === "number") return { numberValue: value };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(oracleValue) } };
  return { structValue: structOf(value as Readonly<Record<string, Json>>) };
}

function structOf(value: Readonly<Record<string, Json>>): { readonly fields: object } {
  return { fields: Object.fromEntries(Object.entries(value).map(([name, each]) => [name, oracleValue(each)])) };
}

const { fields } = fc.letrec<{ value: Json; fields: Record<string, Json> }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.double({ noNaN: true }),
    fc.string(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("fields"),
  ),
  fields: fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
}));

describe("well-known types", () => {
  test("writes and reads the structs of protobufjs", () => {
    const Struct = oracle.lookupType("google.protobuf.Struct");
    const property = fc.property(fields, (value) => {
      const data = Struct.encode(structOf(value)).finish();
      expect(join(encodeStruct(value))).toEqual(data);
      expect(decodeStruct([data])).toEqual(value);
    });
    fc.assert(property, { seed: 20_261_129, numRuns: 500 });
  });

  test("keeps a name of a struct that objects have", () => {
    const data = encodeStruct(JSON.parse('{"__proto__": {"a": 1}, "constructor": "x"}') as Record<string, Json>);
    expect(Object.entries(decodeStruct(data))).toEqual([
      ["__proto__", { a: 1 }],
      ["constructor", "x"],
    ]);
  });

  test("refuses a struct that is too deep", () => {
    const nested = (depth: number): Json => (depth === 0 ? null : [nested(depth - 1)]);
    expect(decodeStruct(encodeStruct({ a: nested(40) }))).toEqual({ a: nested(40) });
    expect(() => decodeStruct(encodeStruct({ a: nested(2_000) }))).toThrow(new ProtobufError("struct is too deep"));
  });

  const simple: readonly (readonly [string, Table, object, object])[] = [
    ["Any", ANY, { typeUrl: "t", value: [Uint8Array.of(1, 2)] }, { typeUrl: "t", value: Uint8Array.of(1, 2) }],
    ["Duration", DURATION, { seconds: -3n, nanos: -500_000_000 }, { seconds: -3, nanos: -500_000_000 }],
  ];
  test.each(simple)("writes and reads %s", (name, table, value, theirs) => {
    const data = oracle.lookupType(`google.protobuf.${name}`).encode(theirs).finish();
    expect(join(encode(table, value))).toEqual(data);
    expect<unknown>(decode(table, [data])).toEqual(value);
  });
});
