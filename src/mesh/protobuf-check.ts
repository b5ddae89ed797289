import { type PieceBuilder, pieceBuilder } from "./piece-builder.ts";
import type { Pieces } from "./pieces.ts";
import { WIRE } from "./protobuf.ts";
import { advance, type Cursor, readLength, readTag, skip, skipField, startOf } from "./protobuf-cursor.ts";
import { skipText } from "./skip-text.ts";

/** Which fields of a message are looked into, by their numbers; all others may have any content. */
export interface Shape {
  /** Strings, which have to be UTF-8. */
  readonly texts: readonly number[];
  /** A message that may occur more than once. */
  readonly repeated?: Nested;
  /** A message that should occur once: the bytes of several are read as one message, as `decode` does. */
  readonly single?: Nested;
}

interface Nested {
  readonly number: number;
  readonly shape: Shape;
}

/** A message that is being checked: what is left of it. */
interface Level extends Cursor {
  readonly shape: Shape;
  /** The message that contains it, and goes on after it. */
  readonly around: Level | undefined;
  /** The single message in it; `parts` has all bytes of several. */
  single: Cursor | undefined;
  parts: PieceBuilder | undefined;
}

/** Fields that are read at once: some milliseconds at most. */
const SLICE = 10_000;

/**
 * Checks what `decode` would reject, without memory for what a message contains. Yields after each slice of the work.
 * @throws ProtobufError
 */
export function* checkMessage(shape: Shape, message: Pieces): Generator<void, void> {
  let level: Level | undefined = enter(shape, startOf(message), undefined);
  for (let steps = 1; level !== undefined; steps++) {
    level = level.left > 0 ? checkField(level) : leave(level);
    if (steps % SLICE === 0) yield;
  }
}

function enter(shape: Shape, { pieces, piece, at, left }: Cursor, around: Level | undefined): Level {
  return { pieces, piece, at, left, shape, around, single: undefined, parts: undefined };
}

/** Passes over a field. Returns where the check goes on: in the field if that is a message. @throws ProtobufError */
function checkField(level: Level): Level {
  const tag = readTag(level);
  const wire = tag & 7;
  const number = tag >>> 3;
  const { texts, repeated, single } = level.shape;
  if (wire !== WIRE.length) skipField(level, wire);
  else if (texts.includes(number)) skipText(level, readLength(level));
  else if (number === repeated?.number) return enter(repeated.shape, pass(level), level);
  else if (number === single?.number) addSingle(level, pass(level));
  else skip(level, readLength(level));
  return level;
}

/** Passes over a message, and returns its content. @throws ProtobufError */
function pass(level: Level): Cursor {
  const left = readLength(level);
  const { pieces, piece, at } = level;
  skip(level, left);
  return { pieces, piece, at, left };
}

function addSingle(level: Level, content: Cursor): void {
  const { single: first } = level;
  if (first === undefined) {
    level.single = content;
    return;
  }
  const parts = level.parts ?? pieceBuilder();
  for (const each of level.parts === undefined ? [first, content] : [content])
    advance(each, each.left, (piece, from, to) => parts.add(piece.subarray(from, to)));
  level.parts = parts;
}

/** Returns where the check goes on at the end of a message: in its single message, or after it. */
function leave(level: Level): Level | undefined {
  const { shape, around, single, parts } = level;
  if (shape.single === undefined || single === undefined) return around;
  level.single = undefined;
  return enter(shape.single.shape, parts === undefined ? single : startOf(parts.take()), level);
}
