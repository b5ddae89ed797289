import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { join, type Pieces } from "../../src/mesh/pieces.ts";
import { ProtobufError, type Table } from "../../src/mesh/protobuf.ts";
import { decode } from "../../src/mesh/protobuf-reader.ts";
import { encode } from "../../src/mesh/protobuf-writer.ts";
import {
  ALL,
  All,
  cut,
  encodable,
  expectSame,
  hex,
  INNER,
  message,
  mutate,
  mutation,
  oracle,
  oracleReads,
  written,
} from "./protobuf-oracle.ts";

const SEED = 20_261_129;

function outcomeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error instanceof ProtobufError ? error.message : error;
  }
}

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

  // In pieces of one byte, no field lies within one: each is passed over by itself.
  test("passes over many fields at once as it passes over each, also when bytes are wrong or missing", () => {
    const field = fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ minLength: 126, maxLength: 130 }));
    const wrong = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 });
    const property = fc.property(
      fc.array(field, { maxLength: 20 }),
      wrong,
      fc.array(fc.nat(), { maxLength: 4 }),
      (raws, changes, places) => {
        const data = join(encode({ ...ALL }, { raws: raws.map((raw) => [raw]), maybe: "end" }));
        for (const [at, byte] of changes) data[at % data.length] = byte;
        const outcome = (pieces: Pieces) => outcomeOf(() => decode({ maybe: ALL.maybe }, pieces));
        const expected = outcome([...data].map((byte) => Uint8Array.of(byte)));
        expect(outcome([data])).toEqual(expected);
        expect(outcome(cut(data, places))).toEqual(expected);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 2_000 });
  });

  test.each([0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])("passes over fields of %d bytes", (length) => {
    const raw = new Uint8Array(length);
    const data = join(encode(ALL, { raws: [[raw], [raw], [raw]], maybe: "end" }));
    expect(decode({ maybe: ALL.maybe }, [data])).toEqual({ maybe: "end" });
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
