import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import protobuf from "protobufjs";
import { unpack } from "../../src/mesh/any.ts";
import { checkNameTable } from "../../src/mesh/own-resources.ts";
import type { Pieces } from "../../src/mesh/pieces.ts";
import type { Table } from "../../src/mesh/protobuf.ts";
import { XDS_TYPE } from "../../src/mesh/xds-types.ts";
import { cut, hex, mutate, mutation } from "./protobuf-oracle.ts";
import { any } from "./xds-stream/steps.ts";

const SEED = 20_261_130;

/** What a table has to be for the decoder. */
const NAME_TABLE = {
  table: {
    number: 1,
    kind: "message",
    repeated: true,
    table: {
      key: { number: 1, kind: "string" },
      value: {
        number: 2,
        kind: "message",
        table: { ips: { number: 1, kind: "string", repeated: true }, registry: { number: 2, kind: "string" } },
      },
    },
  },
} as const satisfies Table;

const nds = protobuf
  .parse(
    `syntax = "proto3";
  message NameInfo { repeated string ips = 1; string registry = 2; string shortname = 3; repeated string alt_hosts = 5; }
  message Entry { string key = 1; repeated NameInfo value = 2; }
  message NameTable { repeated Entry table = 1; uint64 varint = 2; fixed32 four = 3; fixed64 eight = 4; }`,
    { keepCase: true },
  )
  .root.lookupType("NameTable");

/** Runs a check. Returns its error as text, or how many slices there were. */
function verdictOf(table: Pieces): string | number {
  try {
    let slices = 1;
    for (const _ of checkNameTable(any(XDS_TYPE.nameTable, table))) slices++;
    return slices;
  } catch (error) {
    return String(error);
  }
}

function decoderVerdict(table: Pieces): string | number {
  try {
    unpack(NAME_TABLE, "istio.networking.nds.v1.NameTable", any(XDS_TYPE.nameTable, table));
    return 1;
  } catch (error) {
    return String(error);
  }
}

const name = fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: "binary", maxLength: 200 }));
const info = fc.record({
  ips: fc.array(name, { maxLength: 3 }),
  registry: name,
  shortname: name,
  alt_hosts: fc.array(name, { maxLength: 2 }),
});
const entry = fc.record({ key: name, value: fc.array(info, { maxLength: 3 }) }, { requiredKeys: [] });
const tables = fc.record(
  { table: fc.array(entry, { maxLength: 4 }), varint: fc.nat(), four: fc.nat(), eight: fc.nat() },
  { requiredKeys: ["table"] },
);
const places = fc.array(fc.nat(), { maxLength: 6 });

describe("a table of names is accepted or rejected as by the decoder", () => {
  test("if it is valid, in any pieces", () => {
    const property = fc.property(tables, places, (table, cuts) => {
      const data = nds.encode(nds.fromObject(table)).finish();
      expect(verdictOf(cut(data, cuts))).toBe(1);
      expect(decoderVerdict([data])).toBe(1);
    });
    fc.assert(property, { seed: SEED, numRuns: 2_000 });
  });

  test("if it is mutated, or any bytes", () => {
    const verdicts = new Set<string | number>();
    const changed = fc
      .tuple(tables, fc.array(mutation, { minLength: 1, maxLength: 4 }))
      .map(([table, mutations]) => mutations.reduce(mutate, nds.encode(nds.fromObject(table)).finish()));
    const near = fc.array(fc.constantFrom(...hex("0a 0a 12 12 00 01 02 03 04 06 08 1a 0d 11 80 c3 a4 ed a0 f4 90 61")), { maxLength: 24 });
    const bytes = fc.oneof(changed, near.map(Uint8Array.from.bind(Uint8Array)), fc.uint8Array({ maxLength: 24 }));
    const property = fc.property(bytes, places, (data, cuts) => {
      const expected = decoderVerdict([data]);
      verdicts.add(expected);
      expect(verdictOf(cut(data, cuts))).toBe(expected);
    });
    fc.assert(property, { seed: SEED, numRuns: 20_000 });
    expect([...verdicts].sort()).toEqual([1, "ProtobufError: cannot parse invalid wire-format data"]);
  });

  test.each([
    ["a value in two parts, neither of which is a message", "0a 07 12 02 0a 01 12 01 61", 1],
    ["two values, the second of them invalid", "0a 07 12 00 12 03 0a 01 ff", "ProtobufError: cannot parse invalid wire-format data"],
    ["a name of 4 bytes", "0a 06 0a 04 f0 9f 98 80", 1],
    ["a surrogate", "0a 05 0a 03 ed a0 80", "ProtobufError: cannot parse invalid wire-format data"],
    ["an overlong character", "0a 04 0a 02 c0 80", "ProtobufError: cannot parse invalid wire-format data"],
    ["above U+10FFFF", "0a 06 0a 04 f4 90 80 80", "ProtobufError: cannot parse invalid wire-format data"],
    ["a name that ends within a character", "0a 03 0a 01 c3", "ProtobufError: cannot parse invalid wire-format data"],
  ])("%s", (_, text, verdict) => {
    expect(verdictOf([hex(text)])).toBe(verdict);
    expect(decoderVerdict([hex(text)])).toBe(verdict);
  });
});

test.each([
  ["empty entries", "0a00"],
  ["entries with an empty value", "0a021200"],
  ["entries with two values", "0a0412001200"],
  ["entries with an address", "0a0412020a00"],
])("4 MB of %s are checked in slices, without memory for each", (_, pattern) => {
  const table = [Buffer.alloc(Math.floor(2 ** 22 / 12) * 12, hex(pattern))];
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  const check = checkNameTable(any(XDS_TYPE.nameTable, table));
  let [most, slices] = [0, 0];
  for (const _ of check) {
    slices++;
    if (slices % 50 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
  expect(slices).toBeGreaterThan(100);
  expect(most).toBeLessThan(64 * 1024 ** 2);
});
