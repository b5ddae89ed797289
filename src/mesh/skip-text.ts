import { ProtobufError } from "./protobuf.ts";
import { advance, type Cursor } from "./protobuf-cursor.ts";

/** The bytes that follow the first one of a character. */
const LOWEST = 0x80;
const HIGHEST = 0xbf;

/** A text of which some bytes were read. */
interface Reading {
  /** How many bytes its last character lacks, and between which two the next one has to be. */
  missing: number;
  lowest: number;
  highest: number;
}

/** Passes over bytes that have to be UTF-8. @throws ProtobufError */
export function skipText(cursor: Cursor, length: number): void {
  const piece = cursor.pieces[cursor.piece];
  const end = cursor.at + length;
  // Nearly every name is ASCII, and in one piece.
  if (piece !== undefined && end <= piece.length && length <= cursor.left && isAscii(piece, cursor.at, end)) {
    cursor.at = end;
    cursor.left -= length;
    return;
  }
  const reading: Reading = { missing: 0, lowest: LOWEST, highest: HIGHEST };
  advance(cursor, length, (each, from, to) => {
    for (let at = from; at < to; at++) readByte(reading, each[at] ?? 0);
  });
  if (reading.missing > 0) throw invalid();
}

function isAscii(piece: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((piece[at] ?? 0) >= 0x80) return false;
  return true;
}

/** Neither overlong forms nor surrogates are UTF-8, nor what is above U+10FFFF: the second byte of a character shows them. */
function readByte(reading: Reading, byte: number): void {
  if (reading.missing > 0) {
    if (byte < reading.lowest || byte > reading.highest) throw invalid();
    reading.missing--;
    reading.lowest = LOWEST;
    reading.highest = HIGHEST;
  } else if (byte >= 0x80) {
    if (byte < 0xc2 || byte > 0xf4) throw invalid();
    reading.missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte === 0xe0) reading.lowest = 0xa0;
    if (byte === 0xed) reading.highest = 0x9f;
    if (byte === 0xf0) reading.lowest = 0x90;
    if (byte === 0xf4) reading.highest = 0x8f;
  }
}

function invalid(): ProtobufError {
  return new ProtobufError("string field contains invalid UTF-8");
}
