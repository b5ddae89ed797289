import { describe, expect, test } from "bun:test";
import { decodeInto } from "../../src/settings/decode.ts";
import { encodeMessage } from "../../src/settings/encode.ts";
import { enumOf, type MessageSchema } from "../../src/settings/schema.ts";

const INNER = (): MessageSchema => ({ fields: { address: "string", debug: "bool" } });
const SCHEMA: MessageSchema = {
  fields: {
    text: "string",
    adminPort: "int32",
    count: "uint32",
    ratio: "double",
    wait: "duration",
    flag: { wrapper: "bool" },
    number: { wrapper: "int32" },
    big: { wrapper: "int64" },
    mode: enumOf("Mode", "NONE", "SOME"),
    inner: { message: INNER },
    list: { list: "string" },
    map: { map: "string" },
    modes: { list: enumOf("Mode", "NONE", "SOME") },
    waits: { list: "duration" },
    structs: { list: "struct" },
    bools: { list: "bool" },
    bigs: { list: "int64" },
    ratios: { list: "double" },
    inners: { list: { message: INNER } },
    first: "string",
    second: { message: INNER },
  },
  oneofs: [["first", "second"]],
};
const decode = (document: unknown, current = {}) => decodeInto(SCHEMA, current, document);

describe("decodeInto (contract 1.6 §5.7, 1.30 §5.2)", () => {
  test.each([
    [
      "scalars",
      { text: "a", adminPort: 1, count: 2, ratio: 1.5, wait: "1m30s" },
      { text: "a", adminPort: 1, count: 2, ratio: 1.5, wait: 90_000_000_000n },
    ],
    ["the smallest and largest numbers", { adminPort: -(2 ** 31), count: 2 ** 32 - 1 }, { adminPort: -(2 ** 31), count: 2 ** 32 - 1 }],
    ["quoted numbers", { adminPort: "15010", big: "201" }, { adminPort: 15010, big: "201" }],
    ["quoted numbers with spaces", { adminPort: " 5 ", ratio: " 1e2" }, { adminPort: 5, ratio: 100 }],
    ["a quoted null is zero", { number: "null", big: "null" }, { number: 0, big: "0" }],
    ["the smallest number of 64 bits", { big: "-9223372036854775808" }, { big: "-9223372036854775808" }],
    ["64 bits beyond the precision of a number", { big: "9007199254740993" }, { big: "9007199254740993" }],
    ["a whole number with a fraction of zero", { adminPort: 1e3, big: 1e3 }, { adminPort: 1000, big: "1000" }],
    ["negative infinity", { ratio: "-Infinity" }, { ratio: Number.NEGATIVE_INFINITY }],
    ["infinity", { ratio: "Infinity" }, { ratio: Number.POSITIVE_INFINITY }],
    ["not a number", { ratio: "NaN" }, { ratio: Number.NaN }],
    ["a quoted fraction", { ratio: "-1.5e2" }, { ratio: -150 }],
    ["snake case", { admin_port: 5 }, { adminPort: 5 }],
    ["camel case takes precedence over snake case", { admin_port: 5, adminPort: 6 }, { adminPort: 6 }],
    ["wrappers keep zeros", { flag: false, number: 0 }, { flag: false, number: 0 }],
    ["an enum by name and by number", { mode: "SOME" }, { mode: "SOME" }],
    ["an enum by number", { mode: 1 }, { mode: "SOME" }],
    ["an unknown enum number", { mode: 7 }, { mode: 7 }],
    ["lists and maps", { list: ["a", null], map: { a: "1", b: null } }, { list: ["a", ""], map: { a: "1", b: "" } }],
    [
      "null in a list is the zero of its type",
      { modes: [null], waits: [null], structs: [null], bools: [null], bigs: [null], ratios: [null], inners: [null] },
      { modes: ["NONE"], waits: [0n], structs: [{}], bools: [false], bigs: ["0"], ratios: [0], inners: [{}] },
    ],
    ["the last member of a oneof wins", { first: "", second: { address: "x" } }, { second: { address: "x" } }],
    ["a oneof member keeps its zero", { first: "" }, { first: "" }],
  ])("%s", (_, document, value) => {
    expect(decode(document)).toEqual({ value, errors: [], unknown: [] });
  });

  test.each([
    [
      "null keeps everything",
      { text: null, inner: null, list: null, first: null },
      { text: "a", inner: { address: "x" }, list: ["l"], first: "f" },
    ],
    ["a zero clears a scalar", { text: "", adminPort: 0 }, { inner: { address: "x" }, list: ["l"], first: "f" }],
    ["a message is replaced", { inner: { debug: true } }, { text: "a", adminPort: 1, inner: { debug: true }, list: ["l"], first: "f" }],
    ["a list is replaced", { list: [] }, { text: "a", adminPort: 1, inner: { address: "x" }, list: [], first: "f" }],
    ["a oneof member replaces the other", { second: {} }, { text: "a", adminPort: 1, inner: { address: "x" }, list: ["l"], second: {} }],
  ])("into a message: %s", (_, document, value) => {
    const current = { text: "a", adminPort: 1, inner: { address: "x" }, list: ["l"], first: "f" };
    expect(decode(document, current).value).toMatchObject(value);
    expect(current).toEqual({ text: "a", adminPort: 1, inner: { address: "x" }, list: ["l"], first: "f" });
  });

  test.each([
    [{ text: 1 }, ["text"], "json: cannot unmarshal number into Go value of type string"],
    [{ text: true }, ["text"], "json: cannot unmarshal bool into Go value of type string"],
    [{ adminPort: 1.5 }, ["adminPort"], "json: cannot unmarshal number 1.5 into Go value of type int32"],
    [{ adminPort: 2 ** 31 }, ["adminPort"], "json: cannot unmarshal number 2147483648 into Go value of type int32"],
    [{ adminPort: -(2 ** 31) - 1 }, ["adminPort"], "json: cannot unmarshal number -2147483649 into Go value of type int32"],
    [{ count: 2 ** 32 }, ["count"], "json: cannot unmarshal number 4294967296 into Go value of type uint32"],
    [{ count: -1 }, ["count"], "json: cannot unmarshal number -1 into Go value of type uint32"],
    [{ adminPort: "1.0" }, ["adminPort"], "json: cannot unmarshal number 1.0 into Go value of type int32"],
    [{ adminPort: "1e2" }, ["adminPort"], "json: cannot unmarshal number 1e2 into Go value of type int32"],
    [{ adminPort: "01" }, ["adminPort"], "json: cannot unmarshal string into Go value of type int32"],
    [{ big: "9223372036854775808" }, ["big"], "json: cannot unmarshal number 9223372036854775808 into Go value of type int64"],
    [{ ratio: "1e999" }, ["ratio"], "json: cannot unmarshal number 1e999 into Go value of type float64"],
    [{ adminPort: "x" }, ["adminPort"], "json: cannot unmarshal string into Go value of type int32"],
    [{ ratio: true }, ["ratio"], "json: cannot unmarshal bool into Go value of type float64"],
    [{ ratio: "x" }, ["ratio"], "json: cannot unmarshal string into Go value of type float64"],
    [{ count: true }, ["count"], "json: cannot unmarshal bool into Go value of type uint32"],
    [{ flag: "true" }, ["flag"], "json: cannot unmarshal string into Go value of type bool"],
    [{ wait: 5 }, ["wait"], "json: cannot unmarshal number into Go value of type string"],
    [{ wait: "soon" }, ["wait"], 'bad Duration: time: invalid duration "soon"'],
    [{ mode: "none" }, ["mode"], 'unknown value "none" for enum Mode'],
    [{ inner: "x" }, ["inner"], "json: cannot unmarshal string into Go value of type map[string]json.RawMessage"],
    [{ inner: { address: [] } }, ["inner", "address"], "json: cannot unmarshal array into Go value of type string"],
    [{ list: "x" }, ["list"], "json: cannot unmarshal string into Go value of type []json.RawMessage"],
    [{ map: { k: true } }, ["map", "k"], "json: cannot unmarshal bool into Go value of type string"],
    ["text", [], "json: cannot unmarshal string into Go value of type map[string]json.RawMessage"],
  ])("%p is refused", (document, path, text) => {
    expect(decode(document).errors.map((found) => ({ path: found.path, text: found.text }))).toEqual([{ path: [...path], text }]);
  });

  test("all errors and all unknown fields are reported, with their paths", () => {
    const { errors, unknown } = decode({ text: 1, adminPort: {}, what: 1, inner: { else: 2 } });
    expect(errors.map(({ path }) => path.join("."))).toEqual(["text", "adminPort"]);
    expect(unknown.map(({ path }) => path.join("."))).toEqual(["inner.else", "what"]);
  });

  test("names of the prototype are ordinary keys", () => {
    const document: unknown = JSON.parse('{"map":{"__proto__":"p","constructor":"c"},"__proto__":{"text":"x"}}');
    const { value, unknown } = decode(document);
    expect(Object.keys(value["map"] ?? {})).toEqual(["__proto__", "constructor"]);
    expect(value["text"]).toBeUndefined();
    expect(unknown.map(({ path }) => path)).toEqual([["__proto__"]]);
  });
});

describe("encodeMessage (contract 1.6 §5.8)", () => {
  const message = { text: "a", wait: 500_000_000n, big: "201", flag: false, list: [], map: {}, inner: {} };
  test("durations with 0, 3, 6 or 9 decimals, 64-bit integers quoted, empty messages kept", () => {
    expect(encodeMessage(SCHEMA, message, true)).toEqual({
      text: "a",
      wait: "0.500s",
      big: "201",
      flag: false,
      list: [],
      map: {},
      inner: {},
    });
  });
  test("a non-finite number is written as text", () => {
    expect(encodeMessage(SCHEMA, { ratio: Number.NaN }, true)).toEqual({ ratio: "NaN" });
  });
  test("empty lists and maps are omitted where the release omits them", () => {
    expect(encodeMessage(SCHEMA, message, false)).toEqual({ text: "a", wait: "0.500s", big: "201", flag: false, inner: {} });
  });
});

test.each([{ mode: "NONE" }, { mode: 0 }])("the first value of an enum, %j, takes away what stood before", (document) => {
  const { value, errors } = decodeInto(SCHEMA, { mode: "SOME", text: "t" }, document);
  expect([value, errors]).toEqual([{ text: "t" }, []]);
});
