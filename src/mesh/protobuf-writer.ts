import { type Pieces, sizeOf } from "./pieces.ts";
import { DEFAULTS, type Encodable, type Field, hasPresence, type Kinds, type Table, WIRE, wireOf } from "./protobuf.ts";

/** Writes a message. Byte strings are referred to, not copied, unless they are short. @returns its bytes, in pieces */
export function encode<T extends Table>(table: T, message: Encodable<T>): Pieces {
  const writer = newWriter();
  writeFields(writer, table, message);
  return flush(writer);
}

/** Byte strings up to this length are copied: a piece of its own would cost more. */
const SHORT = 512;

interface Writer {
  readonly pieces: Uint8Array[];
  /** Bytes behind the last piece. */
  open: number[];
}

function newWriter(): Writer {
  return { pieces: [], open: [] };
}

function flush(writer: Writer): Pieces {
  if (writer.open.length > 0) writer.pieces.push(Uint8Array.from(writer.open));
  writer.open = [];
  return writer.pieces;
}

function writeFields(writer: Writer, table: Table, message: Readonly<Record<string, unknown>>): void {
  for (const [name, field] of Object.entries(table)) {
    const value = message[name];
    if (value === undefined) continue;
    if (!field.repeated) writeField(writer, field, value);
    else if (wireOf(field) === WIRE.length) for (const element of elementsOf(value)) writeElement(writer, field, element);
    else writePacked(writer, field, elementsOf(value));
  }
}

/** The type of an `Encodable` has checked it: the value of a repeated field is a list. */
function elementsOf(value: unknown): readonly unknown[] {
  return value as readonly unknown[];
}

function writeField(writer: Writer, field: Field, value: unknown): void {
  const isLeftOut = field.kind !== "message" && field.kind !== "embedded" && !hasPresence(field) && isDefault(field.kind, value);
  if (!isLeftOut) writeElement(writer, field, value);
}

function isDefault(kind: keyof Kinds, value: unknown): boolean {
  if (kind === "bytes") return sizeOf(value as Pieces) === 0; // checked by the type of an Encodable
  return Object.is(value, DEFAULTS[kind]);
}

function writeElement(writer: Writer, field: Field, value: unknown): void {
  const wire = wireOf(field);
  writeVarint(writer.open, BigInt(field.number * 8 + wire));
  if (wire === WIRE.length) writeBytes(writer, bytesOf(field, value));
  else writeNumber(writer.open, field.kind, value);
}

function writePacked(writer: Writer, field: Field, elements: readonly unknown[]): void {
  if (elements.length === 0) return;
  const packed: number[] = [];
  for (const element of elements) writeNumber(packed, field.kind, element);
  writeVarint(writer.open, BigInt(field.number * 8 + WIRE.length));
  writeBytes(writer, [Uint8Array.from(packed)]);
}

/** The contents of a length-delimited field. The casts repeat what the type of an Encodable has checked. */
function bytesOf(field: Field, value: unknown): Pieces {
  if (field.kind === "message") {
    const inner = newWriter();
    writeFields(inner, field.table, value as Readonly<Record<string, unknown>>);
    return flush(inner);
  }
  return field.kind === "string" ? [new TextEncoder().encode(value as string)] : (value as Pieces);
}

function writeBytes(writer: Writer, pieces: Pieces): void {
  writeVarint(writer.open, BigInt(sizeOf(pieces)));
  for (const piece of pieces) {
    if (piece.length <= SHORT) writer.open.push(...piece);
    else {
      flush(writer);
      writer.pieces.push(piece);
    }
  }
}

function writeNumber(open: number[], kind: Field["kind"], value: unknown): void {
  if (kind === "double") {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, Number(value), true);
    open.push(...bytes);
  } else writeVarint(open, BigInt.asUintN(64, typeof value === "bigint" ? value : BigInt(Number(value))));
}

function writeVarint(open: number[], value: bigint): void {
  let left = value;
  while (left >= 0x80n) {
    open.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  open.push(Number(left));
}
