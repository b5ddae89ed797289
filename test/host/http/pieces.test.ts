import { afterEach, expect, test } from "bun:test";
import { chunkAround, freeSpare, receivePiece, releasePiece } from "../../../src/host/http/pieces.ts";

afterEach(freeSpare);

const LONG = 200_000;

/** A piece of so many equal bytes, as the kernel would give it. */
function received(byte: number, length = LONG): Buffer {
  const piece = receivePiece((area) => {
    area.fill(byte, 0, length);
    return length;
  });
  if (piece === undefined) throw new Error("nothing was received");
  return piece;
}

test("without bytes there is no piece", () => {
  expect([0, -1].map((count) => receivePiece(() => count))).toEqual([undefined, undefined]);
});

test("a piece is not overwritten by later ones until it is released", () => {
  const pieces = [1, 2, 3, 4, 5].map((byte) => received(byte));
  expect(pieces.map((piece) => new Set(piece))).toEqual([1, 2, 3, 4, 5].map((byte) => new Set([byte])));
});

test("the memory of a released piece is used for the next one, and once", () => {
  const first = received(1);
  const memory = first.buffer;
  expect(releasePiece(first)).toBe(true);
  const second = received(2);
  expect(second.buffer).toBe(memory);
  expect(received(3).buffer).not.toBe(memory);
  expect(new Set(second)).toEqual(new Set([2]));
});

test("a short piece does not keep the memory of a long one", () => {
  const piece = received(7, 1_000);
  const next = received(8);
  expect(piece.buffer.byteLength).toBeLessThan(LONG);
  expect(new Set(piece)).toEqual(new Set([7]));
  expect(next.length).toBe(LONG);
});

test("a part of a piece neither frees it nor becomes a chunk in its memory", () => {
  const piece = received(1);
  const part = piece.subarray(0, 1_000);
  expect(releasePiece(part)).toBe(false);
  expect(chunkAround(part)).toBeUndefined();
  received(2);
  expect(new Set(piece)).toEqual(new Set([1]));
});

test("a piece with memory of its own is freed, and no chunk is made around it", () => {
  const piece = Buffer.from(new ArrayBuffer(100));
  expect(chunkAround(piece)).toBeUndefined();
  expect(releasePiece(piece)).toBe(true);
  expect(piece.length).toBe(0);
});

test.each([LONG, 262_144])("a chunk of %d bytes is made around a piece", (length) => {
  const piece = received(0x61, length);
  const chunk = Buffer.from(chunkAround(piece) ?? []);
  expect(chunk.equals(Buffer.from(`${length.toString(16)}\r\n${"a".repeat(length)}\r\n`))).toBe(true);
  expect(piece.every((byte) => byte === 0x61)).toBe(true);
});

test("at most three pieces of memory are kept", () => {
  const pieces = [1, 2, 3, 4].map((byte) => received(byte));
  const memories = pieces.map(({ buffer }) => buffer);
  for (const piece of pieces) expect(releasePiece(piece)).toBe(true);
  expect(memories.filter(({ byteLength }) => byteLength === 0).length).toBe(1);
  freeSpare();
  expect(memories.every(({ byteLength }) => byteLength === 0)).toBe(true);
});
