import { expect, test } from "bun:test";
import fc from "fast-check";
import { messageCollector } from "../../src/mesh/message-collector.ts";

const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(600), fc.nat(90_000)), { maxLength: 60 });

test("a message has the bytes that were added, in few arrays that are the whole of their memory", () => {
  fc.assert(
    fc.property(sizes, (list) => {
      const total = list.reduce((sum, size) => sum + size, 0);
      const parts = list.map((size, index) => new Uint8Array(size).fill(index + 1));
      const collected = messageCollector(total);
      for (const part of parts) collected.add(part);
      const pieces = collected.take();
      expect(Buffer.concat(pieces).equals(Buffer.concat(parts))).toBe(true);
      expect(pieces.every(({ buffer, byteLength }) => buffer.byteLength === byteLength)).toBe(true);
      expect(pieces.length).toBeLessThanOrEqual(8 + total / 65_536);
    }),
    { seed: 20_261_129, numRuns: 500 },
  );
});

test("with arrays that are used again, a message is in such arrays, the last one cut, and a small one in its own", () => {
  const made: Uint8Array[] = [];
  const newPiece = () => {
    const piece = new Uint8Array(65_536);
    made.push(piece);
    return piece;
  };
  const collect = (size: number) => {
    const collected = messageCollector(size, newPiece);
    for (let at = 0; at < size; at += 10_000) collected.add(new Uint8Array(Math.min(10_000, size - at)).fill(at / 10_000));
    return collected.take();
  };
  const pieces = collect(150_000);
  expect(pieces.map(({ length }) => length)).toEqual([65_536, 65_536, 18_928]);
  expect(pieces.map(({ buffer }) => buffer)).toEqual(made.map(({ buffer }) => buffer));
  expect([0, 9_999, 10_000, 149_999].map((at) => Buffer.concat(pieces)[at])).toEqual([0, 0, 1, 14]);
  expect(collect(1_024).map(({ buffer }) => buffer.byteLength)).toEqual([1_024]);
  expect(made).toHaveLength(3);
});

test.each([1, 1_000, 5_000, 100_000, 1_000_000])(
  "of %d bytes, a message that is announced larger takes at most twice as many",
  (received) => {
    const collected = messageCollector(2 ** 31 - 1);
    for (let left = received; left > 0; left -= 16_000) collected.add(new Uint8Array(Math.min(left, 16_000)));
    const memory = collected.take().reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    expect(memory).toBeLessThanOrEqual(Math.max(1_024, 2 * received));
  },
);
