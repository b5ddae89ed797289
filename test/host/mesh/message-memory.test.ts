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

test("uses pieces again, and leaves others of their size", () => {
  const memory = messageMemory();
  const [first, second] = [memory.newPiece(), memory.newPiece()];
  const part = new Uint8Array(100_000).subarray(0, 65_536);
  expect(memory.release([first, part, second])).toBe(65_536 + 256);
  expect(memory.newPiece() === second).toBe(true);
  expect([first.length, second.length, part.length]).toEqual([65_536, 65_536, 65_536]);
});

test("uses a piece again that a message has filled in part", () => {
  const memory = messageMemory();
  const piece = memory.newPiece();
  memory.release([piece.subarray(0, 100)]);
  const again = memory.newPiece();
  expect([again.buffer === piece.buffer, again.byteOffset, again.length]).toEqual([true, piece.byteOffset, 65_536]);
});

test("frees what is not in use, and only that", () => {
  const memory = messageMemory();
  const [unused, inUse] = [memory.newPiece().fill(1), memory.newPiece().fill(2)];
  memory.release([unused]);
  memory.free();
  expect(memory.newPiece() === unused).toBe(true);
  expect([unused.every((byte) => byte === 0), inUse.every((byte) => byte === 2)]).toEqual([true, true]);
});

test("no two pieces share memory", () => {
  const memory = messageMemory();
  const pieces = Array.from({ length: 130 }, (_, index) => memory.newPiece().fill(index));
  expect(pieces.map((piece, index) => piece.length === 65_536 && piece.every((byte) => byte === index))).not.toContain(false);
});

test("frees a piece that a message has filled in part when it keeps enough", () => {
  const memory = messageMemory();
  const pieces = Array.from({ length: 130 }, () => memory.newPiece().subarray(0, 2_000));
  expect(memory.release(pieces)).toBe(2 * 256);
  expect(pieces.slice(128).map(({ buffer }) => buffer.byteLength)).toEqual([0, 0]);
  expect(pieces[127]?.length).toBe(2_000);
});

test("keeps no more than large messages need", () => {
  const memory = messageMemory();
  const pieces = Array.from({ length: 200 }, memory.newPiece);
  memory.release(pieces);
  expect(pieces.filter(({ length }) => length > 0)).toHaveLength(128);
});
