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

test.each([1, 1_000, 5_000, 100_000, 1_000_000])(
  "of %d bytes, a message that is announced larger takes at most twice as many",
  (received) => {
    const collected = messageCollector(2 ** 31 - 1);
    for (let left = received; left > 0; left -= 16_000) collected.add(new Uint8Array(Math.min(left, 16_000)));
    const memory = collected.take().reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    expect(memory).toBeLessThanOrEqual(Math.max(1_024, 2 * received));
  },
);
