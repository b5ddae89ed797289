import { type Pieces, sizeOf } from "./pieces.ts";
import { ProtobufError, WIRE } from "./protobuf.ts";

/** A place in a message that is being read. */
export interface Cursor {
  readonly pieces: Pieces;
  /** Which piece, and where in it. */
  piece: number;
  at: number;
  /** How many bytes are left in all pieces. */
  left: number;
}

/** Starts at the first byte of a message. */
export function startOf(message: Pieces): Cursor {
  return { pieces: message, piece: 0, at: 0, left: sizeOf(message) };
}

/** Reads the tag of a field: eight times its number, and its wire type. @throws ProtobufError */
export function readTag(cursor: Cursor): number {
  const tag = readLength(cursor);
  const number = tag >>> 3;
  if (number === 0) throw new ProtobufError(`invalid field number ${number}`);
  return tag;
}

/** Reads a tag or the length of a field. @throws ProtobufError */
export function readLength(cursor: Cursor): number {
  const byte = cursor.left > 0 ? cursor.pieces[cursor.piece]?.[cursor.at] : undefined;
  // Nearly all of them have one byte.
  if (byte !== undefined && byte < 0x80) {
    cursor.at++;
    cursor.left--;
    return byte;
  }
  const value = readVarint(cursor);
  if (typeof value === "bigint" || value > 0xffffffff) throw new ProtobufError("tag or length is too large");
  return value;
}

/** Reads a number: a bigint above 49 bits. @throws ProtobufError */
export function readVarint(cursor: Cursor): number | bigint {
  let low = 0;
  for (let unit = 1; unit < 2 ** 49; unit *= 2 ** 7) {
    const byte = readByte(cursor);
    low += (byte & 0x7f) * unit;
    if (byte < 0x80) return low;
  }
  let value = BigInt(low);
  for (let index = 7; index < 10; index++) {
    const byte = readByte(cursor);
    if (index === 9 && byte > 1) break;
    value += BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return value;
  }
  throw new ProtobufError("varint has more than 64 bits");
}

function readByte(cursor: Cursor): number {
  for (;;) {
    const piece = cursor.pieces[cursor.piece];
    if (piece === undefined || cursor.left === 0) throw new ProtobufError("message is truncated");
    const byte = piece[cursor.at];
    if (byte !== undefined) {
      cursor.at++;
      cursor.left--;
      return byte;
    }
    nextPiece(cursor);
  }
}

function nextPiece(cursor: Cursor): void {
  cursor.piece++;
  cursor.at = 0;
}

const NOTHING: Pieces = [];

/** Reads bytes without copying them. @throws ProtobufError */
export function take(cursor: Cursor, length: number): Pieces {
  if (length === 0) return NOTHING;
  const taken: Uint8Array[] = [];
  advance(cursor, length, (piece, from, to) => taken.push(piece.subarray(from, to)));
  return taken;
}

/** Passes over bytes. @throws ProtobufError */
export function skip(cursor: Cursor, length: number): void {
  advance(cursor, length, () => {});
}

/** Passes over what follows the tag of a field. @throws ProtobufError */
export function skipField(cursor: Cursor, wire: number): void {
  if (wire === WIRE.varint) readVarint(cursor);
  else if (wire === WIRE.fixed64) skip(cursor, 8);
  else if (wire === WIRE.length) skip(cursor, readLength(cursor));
  else if (wire === WIRE.fixed32) skip(cursor, 4);
  else throw new ProtobufError(`wire type ${wire} is not supported`);
}

/** No piece is as long as a length whose bytes make this much. */
const LONGEST = 2 ** 28;

/**
 * Passes over fields with one tag and a length, as far as they follow each other within the current piece: thousands of resources, of which
 * each would take a dozen calls. What it cannot pass over is left to be read as usual. `tag`: of one byte.
 */
export function skipRepeated(cursor: Cursor, tag: number): void {
  const piece = cursor.pieces[cursor.piece];
  if (piece === undefined) return;
  // The length of an array is a call in the interpreter.
  const size = piece.length;
  let { at } = cursor;
  while (piece[at] === tag) {
    let next = at + 2;
    // A byte beyond the end makes the length greater than the piece.
    let length = piece[at + 1] ?? size;
    // Each byte but the last adds one to the place of the next one, which is taken away again.
    for (let unit = 0x80; length >= unit && unit < LONGEST; unit *= 0x80) length += ((piece[next++] ?? size) - 1) * unit;
    if (next + length > size) break;
    at = next + length;
  }
  cursor.left -= at - cursor.at;
  cursor.at = at;
}

/** Passes over bytes, and calls back with each piece and the part of it that they take. @throws ProtobufError */
export function advance(cursor: Cursor, length: number, each: (piece: Uint8Array, from: number, to: number) => void): void {
  if (length > cursor.left) throw new ProtobufError("message is truncated");
  let left = length;
  while (left > 0) {
    const piece = cursor.pieces[cursor.piece];
    if (piece === undefined) throw new ProtobufError("message is truncated");
    const to = Math.min(piece.length, cursor.at + left);
    if (to > cursor.at) each(piece, cursor.at, to);
    left -= to - cursor.at;
    cursor.at = to;
    if (to === piece.length) nextPiece(cursor);
  }
  cursor.left -= length;
}
