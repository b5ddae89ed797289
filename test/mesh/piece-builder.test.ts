import { expect, test } from "bun:test";
import fc from "fast-check";
import { deframer, messagePrefix } from "../../src/mesh/grpc-frames.ts";
import { pieceBuilder } from "../../src/mesh/piece-builder.ts";

const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(600), fc.nat(9_000)), { maxLength: 60 });

test("pieces have the same bytes in the same order, and few of them are small", () => {
  fc.assert(
    fc.property(sizes, sizes, (first, second) => {
      const collected = pieceBuilder();
      for (const list of [first, second]) {
        const pieces = list.map((size, index) => new Uint8Array(size).fill(index + 1));
        for (const piece of pieces) collected.add(piece);
        const taken = collected.take();
        expect(Buffer.concat(taken).equals(Buffer.concat(pieces))).toBe(true);
        // Between two large ones there is at most one small piece, or what fills arrays of 4,096 bytes.
        const total = pieces.reduce((sum, { length }) => sum + length, 0);
        const large = pieces.filter(({ length }) => length > 512).length;
        expect(taken.length).toBeLessThanOrEqual(2 * large + 1 + total / (4_096 - 512));
      }
    }),
    { seed: 20_261_129, numRuns: 500 },
  );
});

test("a piece that needs no company is not copied", () => {
  const [small, large] = [new Uint8Array(10), new Uint8Array(10_000)];
  const collected = pieceBuilder();
  for (const piece of [small, large, new Uint8Array(0), large]) collected.add(piece);
  const taken = collected.take();
  expect(taken.map((piece, index) => piece === [small, large, large][index])).toEqual([true, true, true]);
});

test("a message of a million bytes that come one by one takes little more than a million", () => {
  const { push } = deframer({ limit: 2_000_000 });
  push(messagePrefix(1_000_000));
  const byte = Uint8Array.of(7);
  for (let count = 1; count < 1_000_000; count++) push(byte);
  const [framed] = push(byte);
  if (framed?.kind !== "message") throw new Error("no message");
  expect(framed.pieces.length).toBeLessThan(250);
  expect(framed.pieces.reduce((sum, { length }) => sum + length, 0)).toBe(1_000_000);
});
