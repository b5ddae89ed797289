import type { Pieces } from "./pieces.ts";
import { ProtobufError, type Table } from "./protobuf.ts";
import { decode } from "./protobuf-reader.ts";
import { encode } from "./protobuf-writer.ts";

/** google.protobuf.Any. */
export const ANY = {
  typeUrl: { number: 1, kind: "string" },
  value: { number: 2, kind: "bytes" },
} as const satisfies Table;

/** google.protobuf.Duration. */
export const DURATION = {
  seconds: { number: 1, kind: "int64" },
  nanos: { number: 2, kind: "int32" },
} as const satisfies Table;

/** Every implementation writes the key of an entry, even an empty one. */
const STRUCT = {
  fields: {
    number: 1,
    kind: "message",
    repeated: true,
    table: { key: { number: 1, kind: "string", optional: true }, value: { number: 2, kind: "embedded" } },
  },
} as const satisfies Table;

const VALUE = {
  nullValue: { number: 1, kind: "int32", oneof: "kind" },
  numberValue: { number: 2, kind: "double", oneof: "kind" },
  stringValue: { number: 3, kind: "string", oneof: "kind" },
  boolValue: { number: 4, kind: "bool", oneof: "kind" },
  structValue: { number: 5, kind: "embedded", oneof: "kind" },
  listValue: { number: 6, kind: "embedded", oneof: "kind" },
} as const satisfies Table;

const LIST = {
  values: { number: 1, kind: "embedded", repeated: true },
} as const satisfies Table;

/** What google.protobuf.Value can hold. */
export type Json = null | number | string | boolean | readonly Json[] | { readonly [name: string]: Json };

/** Protobuf's own limit on messages within messages. */
const DEEPEST = 100;

/** Writes google.protobuf.Struct. */
export function encodeStruct(fields: Readonly<Record<string, Json>>): Pieces {
  return encode(STRUCT, { fields: Object.entries(fields).map(([key, value]) => ({ key, value: encodeValue(value) })) });
}

function encodeValue(value: Json): Pieces {
  if (value === null) return encode(VALUE, { nullValue: 0 });
  if (typeof value === "number") return encode(VALUE, { numberValue: value });
  if (typeof value === "string") return encode(VALUE, { stringValue: value });
  if (typeof value === "boolean") return encode(VALUE, { boolValue: value });
  if (isList(value)) return encode(VALUE, { listValue: encode(LIST, { values: value.map(encodeValue) }) });
  return encode(VALUE, { structValue: encodeStruct(value) });
}

/** `Array.isArray` does not recognise a list that is read-only. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Reads google.protobuf.Struct. @throws ProtobufError */
export function decodeStruct(message: Pieces): Readonly<Record<string, Json>> {
  return readStruct(message, 1);
}

function readStruct(message: Pieces, depth: number): Readonly<Record<string, Json>> {
  if (depth > DEEPEST) throw new ProtobufError("struct is too deep");
  return Object.fromEntries(decode(STRUCT, message).fields.map(({ key = "", value }) => [key, readValue(value ?? [], depth + 1)]));
}

function readValue(message: Pieces, depth: number): Json {
  const { numberValue, stringValue, boolValue, structValue, listValue } = decode(VALUE, message);
  if (structValue !== undefined) return readStruct(structValue, depth + 1);
  if (listValue === undefined) return numberValue ?? stringValue ?? boolValue ?? null;
  if (depth > DEEPEST) throw new ProtobufError("struct is too deep");
  return decode(LIST, listValue).values.map((value) => readValue(value, depth + 2));
}
