import type { Headers } from "../message-head.ts";
import { ERROR, Http2Error } from "./errors.ts";
import { decodeHuffman } from "./huffman.ts";
import { type Field, STATIC_TABLE } from "./static-table.ts";

/** What a field takes beside its bytes (RFC 7541 §4.1, RFC 9113 §6.5.2). */
const OVERHEAD = 32;
/** The size of the dynamic table that a peer may use: the default of SETTINGS_HEADER_TABLE_SIZE. */
const TABLE_SIZE = 4_096;

/** Decodes the header blocks of a connection, all of them, in order. */
export interface HpackDecoder {
  /** @throws Http2Error if the block is invalid, or its fields are larger than the limit */
  readonly decode: (block: Uint8Array) => Headers;
}

/** The fields that the peer has added, newest first (RFC 7541 §2.3.2). */
interface DynamicTable {
  readonly fields: Field[];
  size: number;
  limit: number;
}

/** A place in a header block. */
interface Cursor {
  readonly block: Uint8Array;
  at: number;
}

/** Returns a decoder. `limit`: the largest size of a list, as SETTINGS_MAX_HEADER_LIST_SIZE counts it. */
export function hpackDecoder(limit: number): HpackDecoder {
  const table: DynamicTable = { fields: [], size: 0, limit: TABLE_SIZE };
  return {
    decode(block) {
      const cursor: Cursor = { block, at: 0 };
      const list: Field[] = [];
      let size = 0;
      while (cursor.at < block.length) {
        const field = readField(cursor, table, list.length === 0);
        if (field === undefined) continue;
        size += sizeOf(field);
        if (size > limit) throw new Http2Error(ERROR.calm, `a header list above ${limit} bytes`);
        list.push(field);
      }
      return list;
    },
  };
}

/** Reads one representation (RFC 7541 §6). Returns undefined for a change of the table's size, which must come first. */
function readField(cursor: Cursor, table: DynamicTable, isFirst: boolean): Field | undefined {
  const first = cursor.block[cursor.at] ?? 0;
  if (first & 0x80) return fieldAt(table, readInteger(cursor, 7));
  if ((first & 0xe0) === 0x20) {
    const size = readInteger(cursor, 5);
    if (!isFirst || size > TABLE_SIZE) throw invalid("a change of the table's size that is not allowed");
    table.limit = size;
    evict(table, 0);
    return undefined;
  }
  const isKept = (first & 0xc0) === 0x40;
  const index = readInteger(cursor, isKept ? 6 : 4);
  const name = index === 0 ? readText(cursor) : fieldAt(table, index)[0];
  const field: Field = [name, readText(cursor)];
  if (isKept) keep(table, field);
  return field;
}

function fieldAt({ fields }: DynamicTable, index: number): Field {
  const field = index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : fields[index - STATIC_TABLE.length - 1];
  if (field === undefined) throw invalid(`there is no field ${index}`);
  return field;
}

/** Adds a field; one that is larger than the table empties it (RFC 7541 §4.4). */
function keep(table: DynamicTable, field: Field): void {
  const size = sizeOf(field);
  evict(table, size);
  if (size > table.limit) return;
  table.fields.unshift(field);
  table.size += size;
}

/** Removes the oldest fields until there is room. */
function evict(table: DynamicTable, room: number): void {
  while (table.size + room > table.limit) {
    const oldest = table.fields.pop();
    if (oldest === undefined) return;
    table.size -= sizeOf(oldest);
  }
}

function sizeOf([name, value]: Field): number {
  return name.length + value.length + OVERHEAD;
}

/** Reads an integer that begins in the last bits of a byte (RFC 7541 §5.1); none that is meant has more than four bytes more. */
function readInteger(cursor: Cursor, bits: number): number {
  const most = 2 ** bits - 1;
  let value = byteAt(cursor) & most;
  if (value < most) return value;
  for (let factor = 1; factor <= 128 ** 3; factor *= 128) {
    const byte = byteAt(cursor);
    value += (byte & 127) * factor;
    if (byte < 128) return value;
  }
  throw invalid("an integer is too large");
}

/** Reads a text (RFC 7541 §5.2). */
function readText(cursor: Cursor): string {
  const isHuffman = ((cursor.block[cursor.at] ?? 0) & 0x80) !== 0;
  const length = readInteger(cursor, 7);
  const end = cursor.at + length;
  if (end > cursor.block.length) throw invalid("a text ends beyond its block");
  const bytes = cursor.block.subarray(cursor.at, end);
  cursor.at = end;
  const text = isHuffman ? decodeHuffman(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  if (text === undefined) throw invalid("a Huffman code is invalid");
  return text;
}

function byteAt(cursor: Cursor): number {
  const byte = cursor.block[cursor.at];
  if (byte === undefined) throw invalid("a header block ends within a field");
  cursor.at += 1;
  return byte;
}

function invalid(reason: string): Http2Error {
  return new Http2Error(ERROR.compression, reason);
}
