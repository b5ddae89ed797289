import { expect } from "bun:test";
import fc from "fast-check";
import protobuf from "protobufjs";
import { join, type Pieces } from "../../src/mesh/pieces.ts";
import type { Decoded, Encodable, Table } from "../../src/mesh/protobuf.ts";
import { decode } from "../../src/mesh/protobuf-reader.ts";

/** A message with two fields. */
export const INNER = {
  text: { number: 1, kind: "string" },
  count: { number: 2, kind: "int32" },
} as const satisfies Table;

/** A message with fields of every kind. */
export const ALL = {
  text: { number: 1, kind: "string" },
  data: { number: 2, kind: "bytes" },
  flag: { number: 3, kind: "bool" },
  small: { number: 4, kind: "int32" },
  natural: { number: 5, kind: "uint32" },
  big: { number: 6, kind: "int64" },
  bigNatural: { number: 7, kind: "uint64" },
  fraction: { number: 8, kind: "double" },
  inner: { number: 9, kind: "message", table: INNER },
  raw: { number: 10, kind: "embedded" },
  texts: { number: 11, kind: "string", repeated: true },
  numbers: { number: 12, kind: "int32", repeated: true },
  inners: { number: 13, kind: "message", table: INNER, repeated: true },
  raws: { number: 14, kind: "embedded", repeated: true },
  maybe: { number: 15, kind: "string", optional: true },
  either: { number: 16, kind: "string", oneof: "choice" },
  or: { number: 2047, kind: "message", table: INNER, oneof: "choice" },
  fractions: { number: 2048, kind: "double", repeated: true },
} as const satisfies Table;

/** The same for protobufjs. */
export const oracle = protobuf.parse(
  `syntax = "proto3";
  message Inner { string text = 1; int32 count = 2; }
  message All {
    string text = 1; bytes data = 2; bool flag = 3; int32 small = 4; uint32 natural = 5; int64 big = 6; uint64 bigNatural = 7;
    double fraction = 8; Inner inner = 9; Inner raw = 10; repeated string texts = 11; repeated int32 numbers = 12;
    repeated Inner inners = 13; repeated Inner raws = 14; optional string maybe = 15;
    oneof choice { string either = 16; Inner or = 2047; }
    repeated double fractions = 2048;
  }
  message Newer { All all = 1; string before = 900; fixed32 four = 901; fixed64 eight = 902; uint64 varint = 903; Inner message = 904; }`,
  { keepCase: true },
).root;
/** Its message with fields of every kind. */
export const All = oracle.lookupType("All");
const Inner = oracle.lookupType("Inner");

const inner = fc.record({ text: fc.string({ unit: "binary" }), count: fc.integer() }, { requiredKeys: [] });
const bytes = fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ minLength: 500, maxLength: 530 }));

/** Messages for both sides: plain values, byte strings whole. */
export const message = fc.record(
  {
    text: fc.string({ unit: "binary", maxLength: 200 }),
    data: bytes,
    flag: fc.boolean(),
    small: fc.integer(),
    natural: fc.nat(),
    big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    bigNatural: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fraction: fc.double(),
    inner,
    raw: inner,
    texts: fc.array(fc.string({ unit: "binary" }), { maxLength: 4 }),
    numbers: fc.array(fc.integer(), { maxLength: 8 }),
    inners: fc.array(inner, { maxLength: 3 }),
    raws: fc.array(inner, { maxLength: 3 }),
    maybe: fc.string(),
    fractions: fc.array(fc.double(), { maxLength: 3 }),
    choice: fc.oneof(fc.record({ either: fc.string() }), fc.record({ or: inner })),
  },
  { requiredKeys: [] },
);
type Plain = typeof message extends fc.Arbitrary<infer V> ? V : never;

/** The bytes that protobufjs writes. */
export function written({ choice, big, bigNatural, ...plain }: Plain): Uint8Array {
  const longs = {
    ...(big === undefined ? {} : { big: String(big) }),
    ...(bigNatural === undefined ? {} : { bigNatural: String(bigNatural) }),
  };
  return All.encode(All.fromObject({ ...plain, ...choice, ...longs })).finish();
}

/** The same message for the codec. */
export function encodable({ choice, data, raw, raws, ...plain }: Plain): Encodable<typeof ALL> {
  const embedded = (value: object): Pieces => [Inner.encode(value).finish()];
  return {
    ...plain,
    ...choice,
    ...(data && { data: [data] }),
    ...(raw && { raw: embedded(raw) }),
    ...(raws && { raws: raws.map(embedded) }),
  };
}

/** What protobufjs reads, in the form of `readable`. */
export function oracleReads(data: Uint8Array): unknown {
  return All.toObject(All.decode(data), { longs: String, bytes: String, defaults: false, arrays: true });
}

/** What the codec has read, in the form of protobufjs: without default values. */
function readable({ data, raw, raws, big, bigNatural, ...rest }: Decoded<typeof ALL>): unknown {
  const read = (pieces: Pieces) => Inner.toObject(Inner.decode(join(pieces)));
  const own = { ...rest, raws: raws.map(read), ...(raw && { raw: read(raw) }) };
  const longs = { big: String(big), bigNatural: String(bigNatural), data: Buffer.from(join(data)).toString("base64") };
  return Object.fromEntries(Object.entries({ ...own, ...longs }).map(([name, value]) => [name, withoutDefaults(value)]));
}

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== "" && each !== 0));
}

const DEFAULT_VALUES = { text: "", data: "", flag: false, small: 0, natural: 0, big: "0", bigNatural: "0", fraction: 0 };

/** Expects that the codec reads from pieces what protobufjs reads from the whole. */
export function expectSame(data: Uint8Array, pieces: Pieces): void {
  const expected = Object.entries(oracleReads(data) as object).map(([name, value]) => [name, withoutDefaults(value)]);
  expect(readable(decode(ALL, pieces))).toEqual({ ...DEFAULT_VALUES, ...Object.fromEntries(expected) });
}

/** Cuts bytes at some places; pieces may be empty. */
export function cut(data: Uint8Array, places: readonly number[]): Pieces {
  const ends = [...places.map((place) => place % (data.length + 1)).sort((a, b) => a - b), data.length];
  return ends.map((end, index) => data.subarray(ends[index - 1] ?? 0, end));
}

/** Returns bytes of their hexadecimal text. */
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** A change of one place. */
export const mutation = fc.record({ place: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom("set", "flip", "remove", "insert", "end") });

/** Returns bytes with a change. */
export function mutate(data: Uint8Array, { place, byte, kind }: { place: number; byte: number; kind: string }): Uint8Array {
  const at = place % (data.length + 1);
  const [before, after] = [data.subarray(0, at), data.subarray(at)];
  if (kind === "end") return before;
  if (kind === "insert") return Uint8Array.from([...before, byte, ...after]);
  if (kind === "remove") return Uint8Array.from([...before, ...after.subarray(1)]);
  const own = after[0] ?? 0;
  return Uint8Array.from([...before, kind === "set" ? byte : own ^ (1 << (byte % 8)), ...after.subarray(1)]);
}
