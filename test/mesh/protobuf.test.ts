import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import protobuf from "protobufjs";
import { type Decoded, type Encodable, join, type Pieces, ProtobufError, type Table } from "../../src/mesh/protobuf.ts";
import { decode } from "../../src/mesh/protobuf-reader.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";

const SEED = 20_261_129;

const INNER = {
  text: { number: 1, kind: "string" },
  count: { number: 2, kind: "int32" },
} as const satisfies Table;

const ALL = {
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

const oracle = protobuf.parse(
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
const All = oracle.lookupType("All");
const Inner = oracle.lookupType("Inner");

const inner = fc.record({ text: fc.string({ unit: "binary" }), count: fc.integer() }, { requiredKeys: [] });
const bytes = fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ minLength: 500, maxLength: 530 }));

/** A message for both sides: plain values, byte strings whole. */
const message = fc.record(
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
function written({ choice, big, bigNatural, ...plain }: Plain): Uint8Array {
  const longs = {
    ...(big === undefined ? {} : { big: String(big) }),
    ...(bigNatural === undefined ? {} : { bigNatural: String(bigNatural) }),
  };
  return All.encode(All.fromObject({ ...plain, ...choice, ...longs })).finish();
}

function encodable({ choice, data, raw, raws, ...plain }: Plain): Encodable<typeof ALL> {
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
function oracleReads(data: Uint8Array): unknown {
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

function expectSame(data: Uint8Array, pieces: Pieces): void {
  const expected = Object.entries(oracleReads(data) as object).map(([name, value]) => [name, withoutDefaults(value)]);
  expect(readable(decode(ALL, pieces))).toEqual({ ...DEFAULT_VALUES, ...Object.fromEntries(expected) });
}

/** Cuts bytes at some places; pieces may be empty. */
function cut(data: Uint8Array, places: readonly number[]): Pieces {
  const ends = [...places.map((place) => place % (data.length + 1)).sort((a, b) => a - b), data.length];
  return ends.map((end, index) => data.subarray(ends[index - 1] ?? 0, end));
}

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("protobuf", () => {
  test("reads what protobufjs has written, in any pieces", () => {
    const property = fc.property(message, fc.array(fc.nat(), { maxLength: 12 }), (plain, places) => {
      const data = written(plain);
      expectSame(data, cut(data, places));
    });
    fc.assert(property, { seed: SEED, numRuns: 1_000 });
  });

  test("writes the bytes that protobufjs writes", () => {
    const property = fc.property(message, (plain) => {
      // protobufjs also writes default values that are set
      const data = join(encode(ALL, encodable(plain)));
      expect(oracleReads(data)).toEqual(oracleReads(written(plain)));
      expect(join(encode(ALL, decode(ALL, [data])))).toEqual(data);
    });
    fc.assert(property, { seed: SEED, numRuns: 1_000 });
    expect(join(encode(ALL, { text: "a", numbers: [1, -1], inner: {}, or: { count: 3 } }))).toEqual(
      All.encode({ text: "a", numbers: [1, -1], inner: {}, or: { count: 3 } }).finish(),
    );
  });

  test("refers to long byte strings instead of copying them", () => {
    const data = new Uint8Array(100_000).fill(7);
    const pieces = encode(ALL, { inner: { text: "x" }, data: [data], raws: [[data], [data]] });
    expect(pieces.filter((piece) => piece === data)).toHaveLength(3);
    const read = decode(ALL, pieces);
    expect(read.raws.map(([piece]) => piece?.buffer === data.buffer)).toEqual([true, true]);
    expect(sharesMemory(decode(ALL, [join(pieces)]).data)).toBe(true);
  });

  test("a misspelt field, a value of another type and an unknown kind do not compile", () => {
    // @ts-expect-error: the name is "text"
    encode(ALL, { txet: "a" });
    // @ts-expect-error: a number is required
    encode(INNER, { count: "1" });
    // @ts-expect-error: the name is "count"
    decode(INNER, []).cuont;
    // @ts-expect-error: there is no such kind
    decode({ a: { number: 1, kind: "int" } }, []);
    const text: string = decode(ALL, []).text;
    const maybe: string | undefined = decode(ALL, []).maybe;
    // @ts-expect-error: the inner message may be absent
    const count = () => decode(ALL, []).inner.count;
    expect([text, maybe]).toEqual(["", undefined]);
    expect(count).toThrow(TypeError);
  });

  const merged: readonly (readonly [string, string, unknown])[] = [
    ["the last value of a scalar", "0a0161 0a0162", { text: "b" }],
    ["merged messages", "4a03 0a0161 4a02 1005", { inner: { text: "a", count: 5 } }],
    ["the last member of a oneof", "820101 61 fa7f02 1005", { or: { text: "", count: 5 } }],
    ["the last member of a oneof, in the other order", "fa7f02 1005 820101 61", { either: "a" }],
    ["a merged member of a oneof", "fa7f03 0a0161 fa7f02 1005", { or: { text: "a", count: 5 } }],
    ["packed and single elements", "6001 62020203 6004", { numbers: [1, 2, 3, 4] }],
    ["an unpacked field of another wire type as unknown", "0801 1a0100", {}],
    ["negative numbers of 10 bytes", "20ffffffffffffffffff01", { small: -1 }],
    ["a number that is cut to 32 bits", "20ffffffff8f01", { small: -1 }],
    ["a present empty string", "7a00", { maybe: "" }],
  ];
  test.each(merged)("reads %s", (_, text, expected) => {
    const { data: _data, ...read } = decode(ALL, [hex(text)]);
    const defaults = { text: "", flag: false, small: 0, natural: 0, big: 0n, bigNatural: 0n, fraction: 0 };
    const lists = { texts: [], numbers: [], inners: [], raws: [], fractions: [] };
    expect<unknown>(read).toEqual({ ...defaults, ...lists, ...(expected as object) });
  });

  test("the occurrences of a message that is not looked into are put together", () => {
    const { raw } = decode(ALL, [hex("5203 0a0161 5202 1005")]);
    expect(raw && decode(INNER, raw)).toEqual({ text: "a", count: 5 });
  });

  test("ignores fields that the table does not have", () => {
    const Newer = oracle.lookupType("Newer");
    const value = { before: "x", four: 4, eight: 8, varint: 2 ** 40, message: { text: "y" }, all: { text: "kept" } };
    const data = Newer.encode(Newer.fromObject(value)).finish();
    const older = { all: { number: 1, kind: "message", table: { text: { number: 1, kind: "string" } } } } as const satisfies Table;
    expect(decode(older, [data])).toEqual({ all: { text: "kept" } });
  });

  const invalid: readonly (readonly [string, string, string])[] = [
    ["a length beyond the end", "0a0561", "message is truncated"],
    ["a length beyond the end of the inner message", "4a03 0a0561 61616161", "message is truncated"],
    ["an unknown field beyond the end", "a2380a61", "message is truncated"],
    ["half a varint", "20ff", "message is truncated"],
    ["half a tag", "80", "message is truncated"],
    ["half a double", "4100000000", "message is truncated"],
    ["a packed double that is cut off", "828001 0400000000", "message is truncated"],
    ["a varint of 11 bytes", "20ffffffffffffffffffff01", "varint has more than 64 bits"],
    ["a varint of 65 bits", "20ffffffffffffffffff02", "varint has more than 64 bits"],
    ["a field number 0", "0001", "invalid field number 0"],
    ["a length of 64 bits", "0affffffffffffffffff01", "tag or length is too large"],
    ["a group", "0b0c", "wire type 3 is not supported"],
    ["wire type 7", "0f", "wire type 7 is not supported"],
    ["invalid UTF-8", "0a02c328", "string field contains invalid UTF-8"],
    ["half a surrogate", "0a03eda080", "string field contains invalid UTF-8"],
  ];
  test.each(invalid)("refuses %s", (_, text, problem) => {
    expect(() => decode(ALL, [hex(text)])).toThrow(new ProtobufError(problem));
    const single = [...hex(text)].map((byte) => Uint8Array.of(byte));
    expect(() => decode(ALL, single)).toThrow(new ProtobufError(problem));
  });

  test("answers 10,000 mutated messages with a message or its own error, as protobufjs reads them", () => {
    const mutation = fc.record({ place: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom("set", "flip", "remove", "insert", "end") });
    const property = fc.property(message, fc.array(mutation, { minLength: 1, maxLength: 4 }), (plain, mutations) => {
      const data = mutations.reduce(mutate, written(plain));
      const ours = readOrError(() => decode(ALL, cut(data, [3, 30, 31, 300])));
      if (ours instanceof Error) expect(ours).toBeInstanceOf(ProtobufError);
      else if (!(readOrError(() => oracleReads(data)) instanceof Error)) expectSame(data, [data]);
    });
    fc.assert(property, { seed: SEED, numRuns: 10_000 });
  });

  test.each([
    ["merged messages", "4a00"],
    ["members of a oneof in turn", "fa7f00820100"],
    ["empty packed lists", "6200"],
    ["empty strings", "5a00"],
    ["empty unknown fields", "a23800"],
  ])("reads 1 MiB of %s without more work for each", (_, pattern) => {
    const data = Buffer.alloc(Math.floor(2 ** 20 / 6) * 6, hex(pattern));
    expect(decode(ALL, [data]).text).toBe("");
  });
});

function sharesMemory(pieces: Pieces): boolean {
  const [first] = pieces;
  return first !== undefined && first.buffer.byteLength > first.length;
}

function readOrError(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

function mutate(data: Uint8Array, { place, byte, kind }: { place: number; byte: number; kind: string }): Uint8Array {
  const at = place % (data.length + 1);
  const [before, after] = [data.subarray(0, at), data.subarray(at)];
  if (kind === "end") return before;
  if (kind === "insert") return Uint8Array.from([...before, byte, ...after]);
  if (kind === "remove") return Uint8Array.from([...before, ...after.subarray(1)]);
  const own = after[0] ?? 0;
  return Uint8Array.from([...before, kind === "set" ? byte : own ^ (1 << (byte % 8)), ...after.subarray(1)]);
}
