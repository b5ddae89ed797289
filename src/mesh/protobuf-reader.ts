import { type Gather, gather } from "./gather.ts";
import {
  DEFAULTS,
  type Decoded,
  type Field,
  hasPresence,
  join,
  type Kinds,
  type Pieces,
  ProtobufError,
  sizeOf,
  type Table,
  WIRE,
  wireOf,
} from "./protobuf.ts";

/** Reads the fields of a table from a message. @throws ProtobufError */
export function decode<T extends Table>(table: T, message: Pieces): Decoded<T> {
  // The loop below puts under each name what its row says: that is the type.
  return decodeFields(table, message) as Decoded<T>;
}

interface Cursor {
  readonly pieces: Pieces;
  /** Which piece, and where in it. */
  piece: number;
  at: number;
  /** How many bytes are left in all pieces. */
  left: number;
}

interface Row {
  readonly name: string;
  readonly field: Field;
}

const ROWS = new WeakMap<Table, ReadonlyMap<number, Row>>();

function rowsOf(table: Table): ReadonlyMap<number, Row> {
  const known = ROWS.get(table);
  if (known !== undefined) return known;
  const rows = new Map(Object.entries(table).map(([name, field]) => [field.number, { name, field }]));
  ROWS.set(table, rows);
  return rows;
}

function decodeFields(table: Table, message: Pieces): Record<string, unknown> {
  const rows = rowsOf(table);
  const result: Record<string, unknown> = {};
  for (const { name, field } of rows.values()) {
    if (field.repeated) result[name] = [];
    else if (field.kind !== "message" && field.kind !== "embedded" && !hasPresence(field)) result[name] = DEFAULTS[field.kind];
  }
  // A message that occurs twice is merged: that is what its occurrences mean one after the other. It is read when all are known.
  const embedded = new Map<Row, Gather>();
  const cursor: Cursor = { pieces: message, piece: 0, at: 0, left: sizeOf(message) };
  while (cursor.left > 0) {
    const tag = readLength(cursor);
    const wire = tag % 8;
    const number = (tag - wire) / 8;
    if (number === 0 || number > 0x1fffffff) throw new ProtobufError(`invalid field number ${number}`);
    const row = rows.get(number);
    if (row === undefined || !fits(row.field, wire)) {
      skipField(cursor, wire);
      continue;
    }
    const { name, field } = row;
    if (field.oneof !== undefined) forgetOthers(rows, row, result, embedded);
    if (field.repeated) readElements(cursor, wire, field, result[name]);
    else if (field.kind === "message" || field.kind === "embedded") {
      const pieces = embedded.get(row) ?? gather();
      embedded.set(row, pieces);
      advance(cursor, readLength(cursor), (piece, from, to) => pieces.add(piece.subarray(from, to)));
    } else result[name] = readScalar(cursor, field.kind);
  }
  for (const [{ name, field }, gathered] of embedded) {
    const pieces = gathered.take();
    result[name] = field.kind === "message" ? decodeFields(field.table, pieces) : pieces;
  }
  return result;
}

/** The last field of a oneof that occurs is the one that is set. */
function forgetOthers(rows: ReadonlyMap<number, Row>, row: Row, result: Record<string, unknown>, embedded: Map<Row, Gather>): void {
  for (const other of rows.values()) {
    if (other === row || other.field.oneof !== row.field.oneof) continue;
    delete result[other.name];
    embedded.delete(other);
  }
}

/** A field of another wire type than its kind has is unknown, as in every implementation. */
function fits(field: Field, wire: number): boolean {
  const own = wireOf(field);
  return wire === own || (wire === WIRE.length && field.repeated === true);
}

function readElements(cursor: Cursor, wire: number, field: Field, elements: unknown): void {
  // The list that the first loop of decodeFields has made.
  const list = elements as unknown[];
  if (field.kind === "message") list.push(decodeFields(field.table, take(cursor, readLength(cursor))));
  else if (wire !== WIRE.length || wireOf(field) === WIRE.length) list.push(readScalar(cursor, field.kind));
  else {
    const length = readLength(cursor);
    const packed: Cursor = { pieces: take(cursor, length), piece: 0, at: 0, left: length };
    while (packed.left > 0) list.push(readScalar(packed, field.kind));
  }
}

function readScalar(cursor: Cursor, kind: keyof Kinds): unknown {
  switch (kind) {
    case "string":
      return readString(take(cursor, readLength(cursor)));
    case "bytes":
    case "embedded":
      return take(cursor, readLength(cursor));
    case "bool":
      return BigInt(readVarint(cursor)) !== 0n;
    case "int32":
      return Number(BigInt.asIntN(32, BigInt(readVarint(cursor))));
    case "uint32":
      return Number(BigInt.asUintN(32, BigInt(readVarint(cursor))));
    case "int64":
      return BigInt.asIntN(64, BigInt(readVarint(cursor)));
    case "uint64":
      return BigInt(readVarint(cursor));
    case "double": {
      const bytes = join(take(cursor, 8));
      return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
    }
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readString(pieces: Pieces): string {
  if (pieces.length === 0) return "";
  try {
    return UTF8.decode(join(pieces));
  } catch (cause) {
    throw new ProtobufError("string field contains invalid UTF-8", { cause });
  }
}

function skipField(cursor: Cursor, wire: number): void {
  if (wire === WIRE.varint) readVarint(cursor);
  else if (wire === WIRE.fixed64) skip(cursor, 8);
  else if (wire === WIRE.length) skip(cursor, readLength(cursor));
  else if (wire === WIRE.fixed32) skip(cursor, 4);
  else throw new ProtobufError(`wire type ${wire} is not supported`);
}

function readLength(cursor: Cursor): number {
  const value = readVarint(cursor);
  if (typeof value === "bigint" || value > 0xffffffff) throw new ProtobufError("tag or length is too large");
  return value;
}

/** A number up to 49 bits, a bigint above. */
function readVarint(cursor: Cursor): number | bigint {
  let low = 0;
  for (let index = 0; index < 7; index++) {
    const byte = readByte(cursor);
    low += (byte & 0x7f) * 2 ** (7 * index);
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

function take(cursor: Cursor, length: number): Pieces {
  if (length === 0) return NOTHING;
  const taken: Uint8Array[] = [];
  advance(cursor, length, (piece, from, to) => taken.push(piece.subarray(from, to)));
  return taken;
}

function skip(cursor: Cursor, length: number): void {
  advance(cursor, length, () => {});
}

function advance(cursor: Cursor, length: number, each: (piece: Uint8Array, from: number, to: number) => void): void {
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
