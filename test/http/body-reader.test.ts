import { expect, test } from "bun:test";
import fc from "fast-check";
import { bodyReader, chunkLength } from "../../src/http/body-reader.ts";
import type { Framing } from "../../src/http/message-head.ts";
import { append, receiveBuffer } from "../../src/http/receive-buffer.ts";

/** Returns the pieces of a body received in these blocks, each added after the previous one was read. */
function piecesOf(blocks: readonly string[], framing: Framing = { kind: "chunked" }) {
  const received = receiveBuffer();
  const body = bodyReader(framing);
  const pieces: string[] = [];
  const left = [...blocks];
  try {
    for (let isAtEnd = false; ; ) {
      const piece = body.next(received, isAtEnd);
      if (piece === "end") return { pieces, rest: received.bytes.toString("latin1") + left.join("") };
      const block = piece === undefined ? left.shift() : undefined;
      if (piece !== undefined) pieces.push(piece.toString("latin1"));
      else if (block === undefined) isAtEnd = true;
      else append(received, Buffer.from(block, "latin1"));
    }
  } catch (error) {
    return { pieces, error: String(error) };
  }
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

test("chunks received together are one piece", () => {
  expect(piecesOf([`${chunk("one ")}${chunk("two ")}${chunk("three")}0\r\n\r\n`]).pieces).toEqual(["one two three"]);
});

test("chunks received one by one are returned one by one", () => {
  const expected = ["one ", "two ", "three"];
  expect(piecesOf([chunk("one "), chunk("two "), chunk("three"), "0\r\n\r\n"]).pieces).toEqual(expected);
  // Nor if the next chunk has started.
  expect(piecesOf([`${chunk("one ")}4`, `\r\ntwo \r\n5\r`, `\nthree\r\n0\r\n`, `\r\n`]).pieces).toEqual(expected);
});

test("many chunks are returned in pieces of limited size", () => {
  const text = "0123456789abcdef".repeat(64);
  const { pieces } = piecesOf([`${chunk(text).repeat(1_000)}0\r\n\r\n`]);
  expect(pieces.join("")).toBe(text.repeat(1_000));
  expect(Math.max(...pieces.map(({ length }) => length))).toBe(131_072);
  expect(pieces).toHaveLength(8);
});

test("data before an invalid chunk is returned before the error, which persists", () => {
  const { pieces, error } = piecesOf([`${chunk("one ")}${chunk("two")}zz\r\n`]);
  expect(pieces).toEqual(["one two"]);
  expect(error).toContain("invalid length");
});

test.each<[readonly string[], string]>([
  [["zz\r\n"], 'The body has a chunk of invalid length "zz"'],
  [["long\n"], 'The body has a chunk of invalid length "long"'],
  [["1\na\r\n"], 'The body has a chunk of invalid length "1"'],
  [["1\r\r\na\r\n"], 'The body has a chunk of invalid length "1"'],
  [["1\r\nab\r\n"], "The body has a chunk longer than its declared length"],
  [["1\r\na\n"], "The body has a chunk longer than its declared length"],
  [["1\r\na\rb"], "The body has a chunk longer than its declared length"],
  [["1\r\na"], "The body is incomplete"],
  [["1\r\na\r"], "The body is incomplete"],
  [["2\r\na"], "The body is incomplete"],
  [["0\r\n"], "The body is incomplete"],
  [["1;".padEnd(4_096, "x")], "The body is incomplete"],
  [["0\r\n\x01: a\r\n\r\n"], "The body has invalid trailers"],
  [[`0\r\n${`a: ${"b".repeat(1_000)}\r\n`.repeat(17)}\r\n`], "The trailers of the body are too long"],
])("of %j: %s", (blocks, problem) => {
  expect(piecesOf(blocks).error).toBe(`MalformedBody: ${problem}`);
});

test("a body ends at its length, and the rest stays in the buffer", () => {
  expect(piecesOf(["ab", "cdef"], { kind: "length", length: 5 })).toEqual({ pieces: ["ab", "cde"], rest: "f" });
  expect(piecesOf(["ab"], { kind: "length", length: 0 })).toEqual({ pieces: [], rest: "ab" });
  expect(piecesOf(["ab"], { kind: "length", length: 3 }).error).toContain("The body is incomplete");
  expect(piecesOf(["ab", "c"], { kind: "until-end" })).toEqual({ pieces: ["ab", "c"], rest: "" });
  expect(piecesOf([`${chunk("a")}0\r\na: b\r\n\r\nGET`])).toEqual({ pieces: ["a"], rest: "GET" });
});

test("a body is the same however its bytes are split", () => {
  const sent = fc.array(
    fc.string({ minLength: 1, maxLength: 20 }).map((text) => Buffer.from(text).toString("latin1")),
    { maxLength: 10 },
  );
  fc.assert(
    fc.property(sent, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }), (texts, cuts) => {
      const whole = `${texts.map(chunk).join("")}0\r\nX: y\r\n\r\nrest`;
      const blocks: string[] = [];
      for (let at = 0, turn = 0; at < whole.length; turn++) {
        const size = cuts[turn % cuts.length] ?? 1;
        blocks.push(whole.slice(at, at + size));
        at += size;
      }
      const { pieces, rest } = piecesOf(blocks);
      return pieces.join("") === texts.join("") && rest === "rest";
    }),
    { numRuns: 500, seed: 20_261_125 },
  );
});

test("the length of a chunk is hexadecimal, with blanks only after it", () => {
  expect(["0", "a", "fF;x=y", "1 ", "", "-1", "0x1", "3 ;a", " 3", "0000000000000003", "00000000000000003"].map(chunkLength)).toEqual([
    0,
    10,
    255,
    1,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    3,
    undefined,
  ]);
});
