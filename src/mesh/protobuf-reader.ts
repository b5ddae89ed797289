import { type PieceBuilder, pieceBuilder } from "./piece-builder.ts";
import { join, type Pieces } from "./pieces.ts";
import { DEFAULTS, type Decoded, type Field, hasPresence, type Kinds, ProtobufError, type Table, WIRE, wireOf } from "./protobuf.ts";
import { advance, type Cursor, readLength, readTag, readVarint, skipField, skipRepeated, startOf, take } from "./protobuf-cursor.ts";

/** Reads the fields of a table from a message. @throws ProtobufError */
export function decode<T extends Table>(table: T, message: Pieces): Decoded<T> {
  // What is read for each name has the kind in its row, which is what the type says.
  return decodeFields(table, message) as Decoded<T>;
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
  const result = defaultsOf(rows);
  // A message that occurs twice is merged: that is what its occurrences mean one after the other. It is read when all are known.
  const embedded = new Map<Row, PieceBuilder>();
  const cursor = startOf(message);
  while (cursor.left > 0) {
    const tag = readTag(cursor);
    const wire = tag & 7;
    const number = tag >>> 3;
    const row = rows.get(number);
    if (row === undefined || !fits(row.field, wire)) {
      skipField(cursor, wire);
      if (wire === WIRE.length && tag < 0x80) skipRepeated(cursor, tag);
      continue;
    }
    const { name, field } = row;
    if (field.oneof !== undefined) forgetOthers(rows, row, result, embedded);
    if (field.repeated) readElements(cursor, wire, field, result[name]);
    else if (field.kind === "message" || field.kind === "embedded") {
      const pieces = embedded.get(row) ?? pieceBuilder();
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

/** Returns what a message without fields contains. */
function defaultsOf(rows: ReadonlyMap<number, Row>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { name, field } of rows.values()) {
    if (field.repeated) result[name] = [];
    else if (field.kind !== "message" && field.kind !== "embedded" && !hasPresence(field)) result[name] = DEFAULTS[field.kind];
  }
  return result;
}

/** The last field of a oneof that occurs is the one that is set. */
function forgetOthers(rows: ReadonlyMap<number, Row>, row: Row, result: Record<string, unknown>, embedded: Map<Row, PieceBuilder>): void {
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
  // The list that defaultsOf has made.
  const list = elements as unknown[];
  if (field.kind === "message") list.push(decodeFields(field.table, take(cursor, readLength(cursor))));
  else if (wire !== WIRE.length || wireOf(field) === WIRE.length) list.push(readScalar(cursor, field.kind));
  else {
    const packed = startOf(take(cursor, readLength(cursor)));
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
