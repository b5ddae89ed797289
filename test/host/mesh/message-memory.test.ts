import { expect, test } from "bun:test";
import { messageMemory } from "../../../src/host/mesh/message-memory.ts";

test("frees what nobody else can have, and leaves pieces of something larger", () => {
  const whole = new Uint8Array(16_384).fill(1);
  const shared = new Uint8Array(16_384).fill(2);
  const piece = shared.subarray(5);
  const garbage = messageMemory().release([piece, whole]);
  expect([whole.length, piece.length, shared[5]]).toEqual([0, 16_379, 2]);
  expect(garbage).toBeGreaterThan(16_379);
  expect(garbage).toBeLessThan(18_000);
});

test("uses the largest pieces again, until it is freed", () => {
  const memory = messageMemory();
  const [first, second] = [memory.newPiece(), memory.newPiece()];
  const part = new Uint8Array(100_000).subarray(0, 65_536);
  expect(memory.release([first, part, second])).toBe(65_536 + 256);
  expect(memory.newPiece() === second).toBe(true);
  memory.free();
  expect([first.length, second.length, part.length, memory.newPiece().length]).toEqual([0, 65_536, 65_536, 65_536]);
});

test("uses a piece again that a message has filled in part", () => {
  const memory = messageMemory();
  const piece = memory.newPiece();
  memory.release([piece.subarray(0, 100)]);
  const again = memory.newPiece();
  expect([again.buffer === piece.buffer, again.length]).toEqual([true, 65_536]);
});

test("frees a piece that a message has filled in part when it keeps enough", () => {
  const memory = messageMemory();
  const pieces = Array.from({ length: 130 }, () => memory.newPiece().subarray(0, 2_000));
  expect(memory.release(pieces)).toBe(2 * 256);
  expect(pieces.slice(127).map(({ buffer }) => buffer.byteLength)).toEqual([65_536, 0, 0]);
});

test("keeps no more than large messages need", () => {
  const memory = messageMemory();
  const pieces = Array.from({ length: 200 }, memory.newPiece);
  memory.release(pieces);
  expect(pieces.filter(({ length }) => length > 0)).toHaveLength(128);
});

test("pieces that are never given back, as those of a stream that ended within a message, are no loss", () => {
  const memory = messageMemory();
  for (let count = 0; count < 1_000; count++) memory.newPiece();
  const piece = memory.newPiece();
  expect(memory.release([piece])).toBe(0);
  expect(memory.newPiece() === piece).toBe(true);
});
